/// The random factors of dropout.
public enum DropoutMask {
  /// Fills `factors` with 0, with probability `rate`, or else 1/(1 − rate), one for each scalar of one example at one
  /// node.
  ///
  /// The factors depend on nothing but the arguments, so every engine draws the same mask.
  ///
  /// - Parameters:
  ///   - factors: Where the factors go.
  ///   - rate: The share of scalars that is dropped; from 0 to below 1.
  ///   - seed: The seed of the run.
  ///   - step: The number of the update.
  ///   - node: The index of the dropout node in its network.
  ///   - example: The index of the example in its dataset.
  public static func fill(
    _ factors: UnsafeMutableBufferPointer<Float>, rate: Float, context seed: UInt64, step: Int, node: Int, example: Int
  ) {
    var stream = RandomSource(seed: seed).stream(.dropout, example: example, step: step, lane: node)
    let kept = 1 / (1 - rate)
    for index in factors.indices {
      factors[index] = stream.uniform() < rate ? 0 : kept
    }
  }
}
