public import Networks

/// Images in memory, with their classes and their places in the dataset they come from.
public struct LabelledImages: TrainingImages {
  /// `[N, C, H, W]`, in stored pixel units.
  public let images: Tensor<Float>
  /// N classes, counted from 0.
  public let labels: [Int]
  /// N indices in the dataset. Random numbers are keyed by them, so that an image has the same ones in any subset.
  public let ids: [Int]

  /// The shape of one image.
  public var imageShape: Shape { images.shape.example }

  /// One window: every order is as likely as any other.
  public var windows: ShuffleWindows { ShuffleWindows(count: labels.count) }

  /// Creates a set; the ids are 0, 1, … unless given.
  public init(images: Tensor<Float>, labels: [Int], ids: [Int]? = nil) throws(TrainingError) {
    let ids = ids ?? Array(labels.indices)
    guard images.exampleCount == labels.count, ids.count == labels.count else {
      throw .invalidSetting(
        "labels", expected: "one label and one id per image, \(images.exampleCount)",
        found: "\(labels.count) labels and \(ids.count) ids")
    }
    self.images = images
    self.labels = labels
    self.ids = ids
  }

  private init(gathering indices: [Int], of whole: LabelledImages) {
    images = whole.images.gathering(indices)
    labels = indices.map { whole.labels[$0] }
    ids = indices.map { whole.ids[$0] }
  }

  /// The images at `indices`, in that order.
  public func gathering(_ indices: [Int]) -> LabelledImages { LabelledImages(gathering: indices, of: self) }

  /// The same: a set of them.
  public func selecting(_ indices: [Int]) -> LabelledImages { gathering(indices) }

  private init(images: Tensor<Float>, like other: LabelledImages) {
    precondition(images.shape == other.images.shape, "images of another shape")
    self.images = images
    labels = other.labels
    ids = other.ids
  }

  /// The same labels and ids with other images.
  ///
  /// - Precondition: the shape stays.
  public func replacingImages(_ images: Tensor<Float>) -> LabelledImages { LabelledImages(images: images, like: self) }
}

extension Workers {
  /// Calls `body` for one shard of the images per worker, and joins the results. The images are shared out among the
  /// processes, and all of them get the results for all.
  package func images(
    for examples: LabelledImages, _ body: @Sendable (LabelledImages) throws -> Tensor<Float>
  ) throws -> Tensor<Float> {
    guard count > 1 || !ranks.isAlone else { return try body(examples) }
    return try rows(count: examples.count, largest: max(examples.count, 1), shape: examples.images.shape.example) {
      try body(examples.gathering(Array($0)))
    }
  }
}
