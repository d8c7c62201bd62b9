public import Networks

/// Labelled images or feature vectors of one split of a dataset, checked: as many labels as images, at least one, labels
/// in `0..<classCount`, every pixel a number of `pixelRange`.
@dynamicMemberLookup
public struct Dataset: Sendable {
  /// What is known of it beside its examples.
  public package(set) var properties: DatasetProperties
  /// The name of the split where a file has none.
  public static let allRows = "all"
  /// The images `[N, C, H, W]`, or feature vectors `[N, D]`, in stored pixel units; stored whole numbers are scaled to
  /// [0, 1].
  public let images: Tensor<Float>
  /// The class of each image.
  public let labels: [Int]
  /// The index of each image in its split as stored: what random numbers and results refer to.
  public let ids: [Int]

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
    let clampedPixels: Int
    (self.images, clampedPixels) = try check.pixels(images, range: pixelRange)
    self.labels = labels
    self.ids = ids
    properties = DatasetProperties(
      path: origin.images.file, name: name, split: split, count: labels.count, imageShape: images.shape.example,
      classCount: classCount, classNames: classNames, pixelRange: pixelRange, digest: digest, detection: detection,
      clampedPixels: clampedPixels, areRows: areRows)
  }

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
    properties = whole.properties
    properties.count = indices.count
    properties.imageShape = images.shape.example
  }
}
