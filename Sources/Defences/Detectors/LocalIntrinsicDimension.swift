import Glibc
public import Hyperparameters
public import Networks

/// How fast the number of neighbours grows with distance, around the features.
///
///     score = −( 1/k Σ log(rᵢ / r_k) )⁻¹,   r₁ ≤ … ≤ r_k the distances from the k nearest training images
///
/// Ma et al., *Characterizing adversarial subspaces using local intrinsic dimensionality*, arXiv 1801.02613, equation 4:
/// one layer, and neighbours out of a fixed sample of training images rather than out of each mini-batch, so that a score
/// does not depend on its batch.
public struct LocalIntrinsicDimension: FeatureScore {
  /// The hyper-parameters of the detector.
  public struct Method: FeatureScoreMethod {
    /// Name, title and source.
    public static let method = Hyperparameters.Method(
      name: "lid", title: "Local intrinsic dimension",
      summary: "How fast the number of neighbours grows with distance, around the features.",
      citation: "Ma et al., arXiv 1801.02613")
    /// The number of neighbours.
    public static let hyperparameters: [Hyperparameter<Self>] = [
      .integer("neighbours", \.neighbours, in: 2...10_000, "The number of nearest neighbours.")
    ]

    /// The number of nearest neighbours.
    public var neighbours = 20

    /// 20 neighbours.
    public init() {}

    /// Keeps a sample of the features.
    public func score(
      fitting features: Tensor<Float>, labels: [Int], classCount: Int
    ) throws -> any FeatureScore {
      try LocalIntrinsicDimension(fitting: features, neighbours: neighbours)
    }
  }

  /// `lid`.
  public static let name = Method.method.name

  /// k.
  public let neighbours: Int
  private let sample: PointSet

  /// Keeps the features of at most `sampleSize` training images, evenly spaced among those given.
  ///
  /// - Throws: `DefenceError` where there are fewer than k.
  public init(
    fitting features: Tensor<Float>, neighbours: Int = Method().neighbours, sampleSize: Int = 1000
  ) throws(DefenceError) {
    let count = min(sampleSize, features.exampleCount)
    guard neighbours >= 2, count >= neighbours else {
      throw .count(of: "training images", found: count, expected: "at least \(max(neighbours, 2))", for: Self.name)
    }
    self.neighbours = neighbours
    sample = PointSet(features.gathering((0..<count).map { $0 * features.exampleCount / count }))
  }

  /// With k.
  public var description: String { "\(Self.name) (\(neighbours) neighbours out of \(sample.count))" }

  /// The estimate by maximum likelihood.
  public func score(of features: [Double], predicted: Int) -> (value: Double, gradient: [Double]) {
    // An image of the sample itself is at distance 0, which has no logarithm.
    let squares = sample.squaredDistances(from: features).map { max($0, 1e-24) }
    let nearest = nearest(squares)
    let farthest = nearest[neighbours - 1]
    let sum = nearest.reduce(0) { $0 + log(squares[$1] / squares[farthest]) / 2 }
    // Where all are equally far the dimension is infinite.
    guard sum < 0 else { return (.infinity, Array(repeating: 0, count: features.count)) }
    let k = Double(neighbours)
    let weights = nearest.map { ($0, 1.0) } + [(farthest, -k)]
    let terms = weights.map { (row: $0.0, weight: k / (sum * sum) * $0.1 / squares[$0.0]) }
    return (-k / sum, sample.weightedDifferences(from: features, terms))
  }

  /// The indices of the k smallest numbers, in ascending order of the numbers.
  private func nearest(_ squares: [Double]) -> [Int] {
    var found: [Int] = []
    for place in squares.indices where found.count < neighbours || squares[place] < squares[found[neighbours - 1]] {
      if found.count == neighbours { found.removeLast() }
      let position = found.firstIndex { squares[$0] > squares[place] } ?? found.count
      found.insert(place, at: position)
    }
    return found
  }
}
