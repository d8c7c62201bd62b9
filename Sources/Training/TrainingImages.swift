public import Networks

/// Labelled images that a run learns from or is measured on: in memory, `LabelledImages`, or read from a file whenever
/// they are needed, `ReadImages`.
public protocol TrainingImages: Sendable {
  /// The shape of one image.
  var imageShape: Shape { get }
  /// The class of each image, counted from 0.
  var labels: [Int] { get }
  /// How they are shuffled.
  var windows: ShuffleWindows { get }

  /// The images at `indices`, in that order; an index may occur more than once.
  ///
  /// - Precondition: every index is one of `0..<count`.
  func gathering(_ indices: [Int]) throws -> LabelledImages

  /// A set of the images at `indices`.
  ///
  /// - Precondition: the indices are ascending, and each one of `0..<count`.
  func selecting(_ indices: [Int]) -> Self
}

extension TrainingImages {
  /// The number of images.
  public var count: Int { labels.count }

  /// How many images a model classifies rightly, shared out among the processes and their threads.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - workers: Threads and processes.
  ///   - check: Called with the logits of some of the images, before they are counted.
  /// - Returns: The number.
  /// - Throws: What reading the images, the model or `check` throw.
  package func correctCount(
    of model: some Classifier, workers: Workers, check: (Tensor<Float>) throws -> Void = { _ in }
  ) throws -> Int {
    var count = 0
    for part in windows.ranges.flatMap({ $0.parts(largest: 4096) }) {
      let examples = try gathering(Array(part))
      let logits = try workers.rows(count: examples.count, largest: 256, shape: [model.classCount]) { range in
        try model.logits(of: examples.images.examples(range))
      }
      try check(logits)
      count += zip(predictions(of: logits), examples.labels).count { $0 == $1 }
    }
    return count
  }

  /// Sets a share of every class apart for validation, at random; the same seed takes the same images.
  ///
  /// Each class gives its share rounded to whole images, and keeps at least one for training.
  public func split(
    validationFraction fraction: Double, random: RandomSource
  ) throws(TrainingError) -> (training: Self, validation: Self) {
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
    return (selecting(labels.indices.filter { !held.contains($0) }), selecting(held.sorted()))
  }
}

extension Range<Int> {
  /// The same in parts.
  fileprivate func parts(largest: Int) -> [Range<Int>] {
    shardRanges(count: count, size: largest).map { lowerBound + $0.lowerBound..<lowerBound + $0.upperBound }
  }
}
