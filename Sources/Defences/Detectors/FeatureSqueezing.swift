import Glibc
public import Hyperparameters
public import Networks

/// How much the prediction changes when the image is squeezed.
///
///     score = max over squeezers s of ‖p(x) − p(s(x))‖₁,   p the probabilities of the classes
///
/// Xu, Evans and Qi, *Feature squeezing: detecting adversarial examples in deep neural networks*, arXiv 1704.01155. The
/// gradient goes through both predictions, and through the squeezer as its adaptive attack does (BPDA for rounding).
public struct FeatureSqueezing: Detector {
  /// The hyper-parameters of the detector: a rounding and a median filter.
  public struct Method: DetectorMethod {
    /// Name, title and source.
    public static let method = Hyperparameters.Method(
      name: "feature-squeezing", title: "Feature squeezing",
      summary: "How much the prediction changes when the image is squeezed.",
      citation: "Xu, Evans and Qi, arXiv 1704.01155")
    /// Those of the squeezers.
    public static let hyperparameters: [Hyperparameter<Self>] = [
      .integer("bits", \.bits, in: 1...16, "The number of bits of the rounding."),
      .integer("median", \.median, in: 1...99, unit: "pixels", "The side of the median filter's window."),
    ]

    /// The number of bits of the rounding.
    public var bits = 5
    /// The side of the median filter's window.
    public var median = 2

    /// 5 bits, windows of 2×2.
    public init() {}

    /// The detector; nothing is fitted.
    public func detector(for subject: DetectorSubject) throws -> any Detector {
      try FeatureSqueezing(
        model: subject.model,
        squeezers: [BitDepth(bits: bits, bounds: subject.bounds), MedianFilter(size: median)])
    }
  }

  /// `feature-squeezing`.
  public static let name = Method.method.name

  private let model: any DifferentiableClassifier
  private let squeezed: [Preprocessed]

  /// Creates a detector.
  ///
  /// - Throws: `DefenceError` where a squeezer does not give what the model takes.
  public init(model: any DifferentiableClassifier, squeezers: [any Preprocessor]) throws {
    self.model = model
    squeezed = try squeezers.map { try Preprocessed($0, before: model) }
  }

  /// With its squeezers.
  public var description: String {
    "\(Self.name) (\(squeezed.map(\.preprocessor.description).joined(separator: ", ")))"
  }

  /// The largest distance of each image.
  public func scores(of images: Tensor<Float>) throws -> [Double] {
    let plain = try model.logits(of: images).logProbabilities.map(exp)
    let distances = try squeezed.map { squeezed in
      distance(plain, try squeezed.logits(of: images).logProbabilities.map(exp))
    }
    return (0..<images.exampleCount).map { row in distances.reduce(0) { max($0, $1[row]) } }
  }

  /// The gradient of the largest distance of each image.
  public func pullback(at images: Tensor<Float>) throws -> (scores: [Double], gradient: Tensor<Float>) {
    let plain = try model.logits(of: images).logProbabilities.map(exp)
    let others = try squeezed.map { try $0.logits(of: images).logProbabilities.map(exp) }
    let distances = others.map { distance(plain, $0) }
    let farthest = (0..<images.exampleCount).map { row in
      distances.indices.max { distances[$0][row] < distances[$1][row] } ?? 0
    }
    var gradient = Tensor<Float>(shape: images.shape)
    for (index, other) in others.enumerated() {
      let isMine = farthest.map { $0 == index }
      let back = cotangent(plain, other, isMine), there = cotangent(other, plain, isMine)
      gradient = gradient.adding(try model.pullback(at: images) { _, rows in back.examples(rows) }.gradient)
      gradient = gradient.adding(
        try squeezed[index].pullback(at: images) { _, rows in there.examples(rows) }.gradient)
    }
    return (farthest.enumerated().map { distances[$1][$0] }, gradient)
  }

  private func distance(_ p: [Double], _ q: [Double]) -> [Double] {
    stride(from: 0, to: p.count, by: model.classCount).map { start in
      (start..<start + model.classCount).reduce(0) { $0 + abs(p[$1] - q[$1]) }
    }
  }

  /// The gradient of Σ |p − q| with respect to the logits behind p: p ⊙ (s − Σ s p), s the signs.
  private func cotangent(_ p: [Double], _ q: [Double], _ counts: [Bool]) -> Tensor<Float> {
    let classes = model.classCount
    var result = Tensor<Float>(shape: [counts.count, classes])
    result.withUnsafeMutableScalars { result in
      for row in counts.indices where counts[row] {
        let range = row * classes..<(row + 1) * classes
        let sign = { (k: Int) -> Double in p[k] == q[k] ? 0 : p[k] > q[k] ? 1 : -1 }
        let mean = range.reduce(0) { $0 + sign($1) * p[$1] }
        for k in range { result[k] = Float(p[k] * (sign(k) - mean)) }
      }
    }
    return result
  }
}
