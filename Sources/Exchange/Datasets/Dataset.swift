public import Networks

/// Labelled images or feature vectors of one split of a dataset, checked: as many labels as images, at least one, labels
/// in `0..<classCount`, every pixel a number of `pixelRange`.
public struct Dataset: Sendable {
  /// The file or directory that it was read from, as it was named; otherwise the place that it was said to come from.
  public internal(set) var path: String
  /// What the dataset is called: the name of its file without extension, or of its directory.
  public let name: String
  /// The split it comes from, such as `train` or `test`, or `allRows`.
  public let split: String
  /// The name of the split where a file has none.
  public static let allRows = "all"
  /// The images `[N, C, H, W]`, or feature vectors `[N, D]`, in stored pixel units; stored whole numbers are scaled to
  /// [0, 1].
  public let images: Tensor<Float>
  /// The class of each image.
  public let labels: [Int]
  /// The index of each image in its split as stored: what random numbers and results refer to.
  public let ids: [Int]
  /// K, the number of classes.
  public let classCount: Int
  /// The names of the classes, where they are known.
  public let classNames: [String]?
  /// The range of valid pixels, or that of each channel.
  public internal(set) var pixelRange: PixelBox
  /// The digest of the files that the images come from; nil where they come from none.
  public let digest: FileDigest?
  /// In one sentence, what was found where and how it was interpreted: which arrays, their layout, type and scale.
  public internal(set) var detection: String
  /// How many pixels lay outside the range by no more than rounding, and were moved to its end.
  public internal(set) var clampedPixels: Int
  /// Whether the file holds a row of numbers for each example: vectors, or images without their shape.
  public let areRows: Bool
  /// How the examples were given the shape that a network takes, where they had another.
  public internal(set) var fit: String?
  /// What stored whole numbers were divided by to become pixels in [0, 1]: 255 for bytes; 1 where nothing was divided.
  public internal(set) var pixelDivisor: Float = 1
  /// A note on the pixel range, where it was chosen for a network, or does not fit the network.
  public var pixelNote: Note?

  /// Where the parts of a dataset come from, for messages.
  public struct Origin: Sendable {
    /// A file, and an object in it where it holds several.
    public struct Place: Sendable {
      /// The path of the file.
      public let file: String
      /// The path of the object in it.
      public let object: String?

      /// Creates a place.
      public init(file: String, object: String? = nil) {
        self.file = file
        self.object = object
      }

      func error(example: Int? = nil, expected: String, found: String) -> ExchangeError {
        ExchangeError(file: file, object: object, example: example, expected: expected, found: found)
      }
    }

    /// Where the images are.
    public let images: Place
    /// Where the labels are.
    public let labels: Place

    /// Creates an origin.
    public init(images: Place, labels: Place) {
      self.images = images
      self.labels = labels
    }
  }

  /// Creates a dataset from its parts; the one place where they are checked.
  ///
  /// - Parameters:
  ///   - name: What it is called.
  ///   - split: The split it comes from.
  ///   - images: Images `[N, C, H, W]` or vectors `[N, D]`.
  ///   - labels: One class per image.
  ///   - ids: The index of each image in its split; 0, 1, 2, … where nil.
  ///   - classCount: The number of classes.
  ///   - classNames: As many names, where they are known.
  ///   - pixelRange: The range of valid pixels, or that of each channel. A pixel that lies outside by at most a
  ///     millionth of its width is moved to its end: that much is rounding (of a division by 255, of a conversion from
  ///     half precision to single).
  ///   - digest: The digest of the files.
  ///   - detection: What was found where and how it was interpreted.
  ///   - areRows: Whether the file holds a row of numbers for each example.
  ///   - origin: Where the parts come from.
  /// - Throws: `ExchangeError` of kind `content`.
  public init(
    name: String, split: String, images: Tensor<Float>, labels: [Int], ids: [Int]? = nil, classCount: Int,
    classNames: [String]? = nil, pixelRange: PixelBox = PixelBox(0...1), digest: FileDigest? = nil,
    detection: String = "", areRows: Bool = false, origin: Origin
  ) throws(ExchangeError) {
    let ids = ids ?? Array(0..<images.exampleCount)
    let check = DatasetCheck(origin: origin, ids: ids)
    try check.shape(images.shape, labelCount: labels.count)
    try check.labels(labels, classCount: classCount, classNames: classNames)
    (self.images, clampedPixels) = try check.pixels(images, range: pixelRange)
    path = origin.images.file
    self.name = name
    self.split = split
    self.labels = labels
    self.ids = ids
    self.classCount = classCount
    self.classNames = classNames
    self.pixelRange = pixelRange
    self.digest = digest
    self.detection = detection
    self.areRows = areRows
  }

  /// The SHA-256 digest of the whole file, or for several that of the lines `sha256sum` prints for them. Waits until it
  /// is computed; nil where the images come from no file, or from one that has been changed since.
  public var sha256: String? { digest?.hexadecimal }

  /// The number of examples.
  public var count: Int { labels.count }

  /// The shape of one image, `[C, H, W]`, or of one vector, `[D]`.
  public var imageShape: Shape { images.shape.example }

  /// The examples at `indices`, in that order; an index may occur more than once.
  ///
  /// - Precondition: every index is one of `0..<count`.
  public func selecting(_ indices: [Int]) -> Dataset {
    Dataset(self, images: images.gathering(indices), indices: indices)
  }

  /// The same examples with other numbers, or the same ones in another shape.
  init(_ other: Dataset, images: Tensor<Float>) {
    self.init(other, images: images, indices: Array(other.labels.indices))
  }

  private init(_ whole: Dataset, images: Tensor<Float>, indices: [Int]) {
    self.images = images
    labels = indices.map { whole.labels[$0] }
    ids = indices.map { whole.ids[$0] }
    path = whole.path
    name = whole.name
    split = whole.split
    classCount = whole.classCount
    classNames = whole.classNames
    pixelRange = whole.pixelRange
    digest = whole.digest
    detection = whole.detection
    clampedPixels = whole.clampedPixels
    areRows = whole.areRows
    fit = whole.fit
    pixelDivisor = whole.pixelDivisor
    pixelNote = whole.pixelNote
  }
}
