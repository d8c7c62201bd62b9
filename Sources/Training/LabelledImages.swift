public import Networks

/// Images with their classes and their places in the dataset they come from.
public struct LabelledImages: Sendable {
  /// `[N, C, H, W]`, in stored pixel units.
  public let images: Tensor<Float>
  /// N classes, counted from 0.
  public let labels: [Int]
  /// N indices in the dataset. Random numbers are keyed by them, so that an image has the same ones in any subset.
  public let ids: [Int]

  /// The number of images.
  public var count: Int { labels.count }

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

  /// Sets a share of every class apart for validation, at random; the same seed takes the same images.
  ///
  /// Each class gives its share rounded to whole images, and keeps at least one for training.
  public func split(
    validationFraction fraction: Double, random: RandomSource
  ) throws(TrainingError) -> (training: LabelledImages, validation: LabelledImages) {
    guard (0..<1).contains(fraction) else {
      throw .invalidSetting("validation fraction", expected: "a share from 0 to below 1", found: "\(fraction)")
    }
    var byClass: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { byClass[label, default: []].append(index) }
    var held: Set<Int> = []
    for (label, members) in byClass {
      var stream = random.stream(.split, example: label)
      let count = min(Int((fraction * Double(members.count)).rounded()), members.count - 1)
      held.formUnion(stream.permutation(members.count).prefix(count).map { members[$0] })
    }
    return (gathering(labels.indices.filter { !held.contains($0) }), gathering(held.sorted()))
  }
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
