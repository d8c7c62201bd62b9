/// See `Operation.affine`.
public struct Affine: Hashable, Sendable {
  /// Whether an optimiser may change scale and shift; input normalisation is frozen.
  public var isTrainable: Bool
  /// Whether there is a shift; a layer scale has none.
  public var hasShift: Bool
  /// The initial scale: one value for all channels, or one per channel. Part of the structure, so that a network with
  /// new weights normalises its images too.
  public var initialScale: [Float]
  /// The initial shift, likewise.
  public var initialShift: [Float]

  /// Creates a per-channel affine map, the identity to begin with unless values are given.
  public init(
    isTrainable: Bool = false, hasShift: Bool = true, initialScale: [Float] = [1], initialShift: [Float] = [0]
  ) {
    self.isTrainable = isTrainable
    self.hasShift = hasShift
    self.initialScale = initialScale
    self.initialShift = initialShift
  }

  /// The map `(x − mean) / deviation`, frozen.
  public static func normalization(mean: [Float], deviation: [Float]) -> Affine {
    Affine(
      initialScale: deviation.map { 1 / $0 }, initialShift: zip(mean, deviation).map { -$0 / $1 })
  }
}

extension Affine: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case isTrainable, hasShift, initialScale, initialShift
  }

  /// Reads the payload; it is frozen and there is a shift unless it says otherwise, and values that are not given are
  /// those of the identity.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: Key.self)
    self.init(
      isTrainable: try fields.optional(.isTrainable, false), hasShift: try fields.optional(.hasShift, true),
      initialScale: try fields.optional(.initialScale, [1]), initialShift: try fields.optional(.initialShift, [0]))
  }

  /// Writes the payload without the values of the identity.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(isTrainable, forKey: .isTrainable)
    if !hasShift { try container.encode(hasShift, forKey: .hasShift) }
    if initialScale != [1] { try container.encode(initialScale, forKey: .initialScale) }
    if initialShift != [0] { try container.encode(initialShift, forKey: .initialShift) }
  }
}
