import Glibc
public import Networks

/// Several models as one: the mean of their logits or of their probabilities, and its exact gradient.
///
/// An ensemble is attacked like any other model, through all of its members at once; resisting examples made for one
/// member alone is not robustness (He, Wei, Chen, Carlini and Song, *Adversarial example defenses: ensembles of weak
/// defenses are not strong*, arXiv 1706.04701).
public struct Ensemble: DifferentiableClassifier {
  /// What is averaged.
  public enum Average: String, Hashable, Sendable, CaseIterable {
    /// The logits.
    case logits
    /// The probabilities; the ensemble's logits are the logarithm of their mean.
    case probabilities
  }

  private let members: [any DifferentiableClassifier]
  private let average: Average

  /// Creates an ensemble.
  ///
  /// - Throws: `DefenceError` where there is no member, or they differ in images or classes.
  public init(of members: [any DifferentiableClassifier], averaging average: Average) throws(DefenceError) {
    guard let first = members.first else {
      throw .count(of: "members", found: 0, expected: "at least 1", for: "ensemble")
    }
    for member in members {
      guard member.inputShape == first.inputShape else {
        throw .shape(
          found: member.inputShape, expected: "images of \(first.inputShape) like the others", for: "ensemble")
      }
      guard member.classCount == first.classCount else {
        throw .count(
          of: "classes like the others", found: member.classCount, expected: "\(first.classCount)", for: "ensemble")
      }
    }
    self.members = members
    self.average = average
  }

  /// That of every member.
  public var inputShape: Shape { members[0].inputShape }

  /// That of every member.
  public var classCount: Int { members[0].classCount }

  /// Whether every member's are.
  public var pullbackLogitsAreExact: Bool { members.allSatisfy(\.pullbackLogitsAreExact) }

  /// The mean.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    mean(try members.map { try $0.logits(of: images) })
  }

  /// Two passes per member: every member's gradient needs the logits of all.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let outputs = try members.map { try $0.logits(of: images) }
    let logits = mean(outputs)
    let outer = try cotangent(logits, 0..<images.exampleCount)
    var gradient = Tensor<Float>(shape: images.shape)
    for (member, output) in zip(members, outputs) {
      let inner = derivative(outer, member: output, mean: logits)
      gradient = gradient.adding(try member.pullback(at: images) { _, rows in inner.examples(rows) }.gradient)
    }
    return (logits, gradient)
  }

  private func mean(_ outputs: [Tensor<Float>]) -> Tensor<Float> {
    let values: [Double] =
      switch average {
      case .logits:
        outputs[0].scalars.indices.map { i in
          outputs.reduce(0) { $0 + Double($1.scalars[i]) } / Double(outputs.count)
        }
      case .probabilities: logMean(outputs.map(\.logProbabilities))
      }
    return Tensor(shape: outputs[0].shape, scalars: values.map(Float.init))
  }

  /// The gradient at one member's logits. For the logarithm y of mean probabilities that is, with r = p / exp(y),
  /// (r ⊙ g − p · Σ r g) / M: the ratio is at most M, so that nothing is divided by a vanishing probability.
  private func derivative(_ outer: Tensor<Float>, member: Tensor<Float>, mean: Tensor<Float>) -> Tensor<Float> {
    let share = 1 / Double(members.count)
    guard average == .probabilities else { return outer.scaled(by: Float(share)) }
    let logarithms = member.logProbabilities
    var result = outer
    result.withUnsafeMutableScalars { result in
      for start in stride(from: 0, to: result.count, by: max(classCount, 1)) {
        let range = start..<start + classCount
        let weighted = range.map { exp(logarithms[$0] - Double(mean.scalars[$0])) * Double(outer.scalars[$0]) }
        let sum = weighted.reduce(0, +)
        for k in range { result[k] = Float(share * (weighted[k - start] - exp(logarithms[k]) * sum)) }
      }
    }
    return result
  }
}
