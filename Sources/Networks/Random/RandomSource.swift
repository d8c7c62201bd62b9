/// What random numbers are drawn for: streams of different purposes never overlap.
public enum Purpose: UInt32, CaseIterable, Codable, Sendable {
  /// Initial weights.
  case initialization
  /// The order of examples in an epoch.
  case shuffling
  /// Dropout masks.
  case dropout
  /// Starting points of attacks.
  case randomStart
  /// Noise added to images.
  case noise
  /// Random target classes.
  case targets
  /// Synthetic data.
  case data
  /// Random crops, flips and the like.
  case augmentation
  /// Dividing a dataset.
  case split
  /// Points at which a check probes.
  case check
  /// Draws of a randomised defence that attacks see.
  case defence
  /// Draws of a randomised defence in its evaluation.
  case evaluation
  /// Steps of an attack that searches at random.
  case search
  /// Random transformations of what an attack shows to a model.
  case transformation
}

/// All randomness of a run: a seed, from which every consumer takes a stream of its own.
///
/// Numbers are a pure function of (seed, purpose, example, step, lane), so an example's numbers depend neither on its
/// batch nor on the thread that draws them. The Philox key is the seed; the counter is
///
/// | word | holds |
/// |---|---|
/// | 0 | the block within the stream: 2³² blocks of four words |
/// | 1 | step |
/// | 2 | example: the index in its dataset |
/// | 3 | purpose in the upper 8 bits, lane in the lower 24 |
///
/// Step and example count modulo 2³², the lane modulo 2²⁴.
public struct RandomSource: Hashable, Sendable, Codable {
  /// The seed of the run.
  public let seed: UInt64

  /// Creates the source of a seed.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// The stream of one purpose, example, step and lane.
  ///
  /// - Parameters:
  ///   - purpose: What the numbers are for.
  ///   - example: The index of the example in its dataset.
  ///   - step: The number of the update, restart or draw.
  ///   - lane: What else distinguishes streams: the node of a dropout mask, a tensor to be initialised.
  /// - Returns: The stream, at its beginning.
  public func stream(_ purpose: Purpose, example: Int = 0, step: Int = 0, lane: Int = 0) -> RandomStream {
    let last = purpose.rawValue << 24 | UInt32(truncatingIfNeeded: lane) & 0xFF_FFFF
    return RandomStream(
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)),
      counter: SIMD4(0, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: example), last))
  }
}
