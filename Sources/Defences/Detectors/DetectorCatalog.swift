public import Networks
public import Training

/// Every detector there is.
public enum DetectorCatalog {
  /// Names with their options.
  public static let forms = [
    "feature-squeezing:bits=5,median=2", "kernel-density:bandwidth=1", "mahalanobis", "lid:neighbours=20",
  ]

  /// The names.
  public static var names: [String] { forms.map { String($0.prefix { $0 != ":" }) } }

  /// The detector that a word such as `lid:neighbours=20` asks for.
  ///
  /// - Parameters:
  ///   - text: The word.
  ///   - model: The model it guards.
  ///   - bounds: The range of valid pixels.
  ///   - features: The model up to the node whose values are looked at.
  ///   - training: What it is fitted to.
  /// - Returns: The detector, fitted.
  /// - Throws: `DefenceError`; what `features` and `training` throw.
  public static func detector(
    _ text: String, model: any DifferentiableClassifier, bounds: ClosedRange<Float>,
    features: () throws -> any DifferentiableClassifier, training: () throws -> LabelledImages
  ) throws -> any Detector {
    let options = try NamedOptions(text)
    guard options.name != FeatureSqueezing.name else {
      try options.require(only: ["bits", "median"])
      return try FeatureSqueezing(
        model: model,
        squeezers: [
          BitDepth(bits: options.integer("bits", 5, in: 1...16), bounds: bounds),
          MedianFilter(size: options.integer("median", 2, in: 1...99)),
        ])
    }
    guard names.contains(options.name) else {
      throw DefenceError.unknown(kind: "detector", name: options.name, known: names)
    }
    let score = try makeScore(options)
    let (examples, features) = (try training(), try features())
    let values = try shardRanges(count: examples.count, size: 256).map {
      try features.logits(of: examples.images.examples($0))
    }
    guard !values.isEmpty else {
      throw DefenceError.count(of: "training images", found: 0, expected: "at least 1", for: options.name)
    }
    return FeatureDetector(
      try score(Tensor.concatenating(values), examples.labels, model.classCount), of: features, model: model)
  }

  private typealias Fit = (_ features: Tensor<Float>, _ labels: [Int], _ classCount: Int) throws -> any FeatureScore

  /// Reads the options; what is fitted comes later, so that a wrong word is told before any work.
  private static func makeScore(_ options: NamedOptions) throws -> Fit {
    switch options.name {
    case KernelDensity.name:
      try options.require(only: ["bandwidth"])
      let bandwidth = try options.number("bandwidth", in: 1e-6...1e6)
      return { try KernelDensity(fitting: $0, labels: $1, classCount: $2, bandwidth: bandwidth) }
    case Mahalanobis.name:
      try options.require(only: [])
      return { try Mahalanobis(fitting: $0, labels: $1, classCount: $2) }
    case LocalIntrinsicDimension.name:
      try options.require(only: ["neighbours"])
      let neighbours = try options.integer("neighbours", 20, in: 2...10_000)
      return { features, _, _ in try LocalIntrinsicDimension(fitting: features, neighbours: neighbours) }
    default: throw DefenceError.unknown(kind: "detector", name: options.name, known: names)
    }
  }
}
