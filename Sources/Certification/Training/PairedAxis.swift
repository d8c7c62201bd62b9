/// Where the lower and the upper bound of each place on an axis stand, on an axis of twice the length: blocks of lower
/// bounds and blocks of upper bounds in turn.
///
///     l₀ … l₍B₋₁₎ u₀ … u₍B₋₁₎ l₍B₎ …      B = block
///
/// The channels behind a layer with weights have blocks of one. Flattening makes an image's area part of the block where
/// the channels run slowest, and changes nothing where they run fastest.
struct PairedAxis: Hashable, Sendable {
  /// The length of a block.
  let block: Int

  /// The place of a lower bound.
  func lower(_ place: Int) -> Int { place / block * 2 * block + place % block }

  /// The place of an upper bound.
  func upper(_ place: Int) -> Int { lower(place) + block }
}
