import Networks
import TestSupport

/// A linear model whose answers have something wrong with them.
struct FaultyClassifier: DifferentiableClassifier {
  /// What is wrong.
  enum Fault: CaseIterable, Sendable {
    /// One logit for all classes and images, and no gradient.
    case equalLogits
    /// Logits that are good at the images and one of the following elsewhere.
    case nanElsewhere, infiniteElsewhere, minusInfiniteElsewhere, oneNaNElsewhere
    /// Logits so large that their differences overflow.
    case hugeLogits
    /// Good logits with another gradient: the same everywhere, or in one scalar, or scaled.
    case zeroGradient, nanGradient, infiniteGradient, minusInfiniteGradient, leastGradient
    case nanScalar, infiniteScalar, hugeGradient, tinyGradient
    /// Logits that are no numbers, at the images too.
    case nanLogits, infiniteLogits, minusInfiniteLogits, oneNaN

    /// Whether the images themselves have a prediction.
    var hasPredictions: Bool {
      switch self {
      case .nanLogits, .infiniteLogits, .minusInfiniteLogits, .oneNaN: false
      default: true
      }
    }

    /// Whether other points than the images have none.
    var failsElsewhere: Bool {
      switch self {
      case .nanElsewhere, .infiniteElsewhere, .minusInfiniteElsewhere, .oneNaNElsewhere: true
      default: !hasPredictions
      }
    }
  }

  let base: LinearClassifier
  let fault: Fault
  /// Where logits are good.
  private let images: Set<[Float]>

  init(_ base: LinearClassifier, fault: Fault, images: Tensor<Float>) {
    (self.base, self.fault) = (base, fault)
    self.images = Set((0..<images.exampleCount).map { images.examples($0..<$0 + 1).scalars })
  }

  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  func logits(of points: Tensor<Float>) throws -> Tensor<Float> {
    let good = try base.logits(of: points)
    let rows = (0..<points.exampleCount).map { row -> [Float] in
      let logits = good.examples(row..<row + 1).scalars
      return fault.failsElsewhere && fault.hasPredictions && images.contains(points.examples(row..<row + 1).scalars)
        ? logits : faulty(logits)
    }
    return Tensor(shape: good.shape, scalars: rows.flatMap { $0 })
  }

  private func faulty(_ logits: [Float]) -> [Float] {
    switch fault {
    case .equalLogits: logits.map { _ in 1 }
    case .nanElsewhere, .nanLogits: logits.map { _ in .nan }
    case .infiniteElsewhere, .infiniteLogits: logits.map { _ in .infinity }
    case .minusInfiniteElsewhere, .minusInfiniteLogits: logits.map { _ in -.infinity }
    case .oneNaNElsewhere, .oneNaN: logits.dropLast() + [.nan]
    case .hugeLogits: logits.map { $0 > 0 ? 3e38 : -3e38 }
    case .zeroGradient, .nanGradient, .infiniteGradient, .minusInfiniteGradient, .leastGradient, .nanScalar,
      .infiniteScalar, .hugeGradient, .tinyGradient:
      logits
    }
  }

  func pullback(
    at points: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: points)
    let gradient = try base.pullback(at: points) { _, rows in try cotangent(logits.examples(rows), rows) }.gradient
    let size = gradient.exampleSize
    let scalars = gradient.scalars.enumerated().map { index, slope -> Float in
      switch fault {
      case .equalLogits, .zeroGradient: 0
      case .nanGradient: .nan
      case .infiniteGradient: .infinity
      case .minusInfiniteGradient: -.infinity
      case .leastGradient: .leastNonzeroMagnitude
      case .nanScalar: index % size == size / 2 ? .nan : slope
      case .infiniteScalar: index % size == size / 2 ? .infinity : slope
      case .hugeGradient: 1e30 * slope
      case .tinyGradient: 1e-30 * slope
      case .nanElsewhere, .infiniteElsewhere, .minusInfiniteElsewhere, .oneNaNElsewhere, .hugeLogits, .nanLogits,
        .infiniteLogits, .minusInfiniteLogits, .oneNaN:
        slope
      }
    }
    return (logits, Tensor(shape: gradient.shape, scalars: scalars))
  }
}
