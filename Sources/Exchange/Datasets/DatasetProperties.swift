public import Networks

/// What is known of a dataset, or of a part of it, beside its examples.
public struct DatasetProperties: Sendable {
  /// The file or directory that it was read from, as it was named; otherwise the place that it was said to come from.
  public internal(set) var path: String
  /// What the dataset is called: the name of its file without extension, or of its directory.
  public let name: String
  /// The split it comes from, such as `train` or `test`, or `Dataset.allRows`.
  public let split: String
  /// The number of examples.
  public package(set) var count: Int
  /// The shape of one image, `[C, H, W]`, or of one vector, `[D]`.
  public internal(set) var imageShape: Shape
  /// K, the number of classes.
  public let classCount: Int
  /// The names of the classes, where they are known.
  public let classNames: [String]?
  /// The range of valid pixels, or that of each channel.
  public internal(set) var pixelRange: PixelBox
  /// The digest of the files that the images come from; nil where they come from none.
  public package(set) var digest: FileDigest?
  /// In one sentence, what was found where and how it was interpreted: which arrays, their layout, type and scale.
  public internal(set) var detection: String
  /// How many pixels lay outside the range by no more than rounding, and were moved to its end.
  public package(set) var clampedPixels: Int
  /// Whether the file holds a row of numbers for each example: vectors, or images without their shape.
  public let areRows: Bool
  /// How the examples were given the shape that a network takes, where they had another.
  public internal(set) var fit: String?
  /// What stored whole numbers were divided by to become pixels in [0, 1]: 255 for bytes; 1 where nothing was divided.
  public internal(set) var pixelDivisor: Float = 1
  /// A note on the pixel range, where it was chosen for a network, or does not fit the network.
  public internal(set) var pixelNote: Note?

  /// The SHA-256 digest of the whole file, or for several that of the lines `sha256sum` prints for them. Waits until it
  /// is computed; nil where the images come from no file, or from one that has been changed since.
  public var sha256: String? { digest?.hexadecimal }

  /// What a network is asked to be for.
  public var form: DataForm { DataForm(imageShape: imageShape, classCount: classCount) }

  /// Takes in the examples of another part of the same dataset.
  package mutating func add(_ part: DatasetProperties) {
    count += part.count
    clampedPixels += part.clampedPixels
  }
}

extension Dataset {
  /// Each property by its name: `data.classCount` is `data.properties.classCount`.
  public subscript<Value>(dynamicMember property: KeyPath<DatasetProperties, Value>) -> Value {
    properties[keyPath: property]
  }

  // Beside a method of the same name a member has to be written out.

  /// The split it comes from, such as `train` or `test`, or `allRows`.
  public var split: String { properties.split }

  /// What a network is asked to be for.
  public var form: DataForm { properties.form }

  /// The same for readers of files, who find them out one after the other.
  subscript<Value>(dynamicMember property: WritableKeyPath<DatasetProperties, Value>) -> Value {
    get { properties[keyPath: property] }
    set { properties[keyPath: property] = newValue }
  }
}
