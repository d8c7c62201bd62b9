/// The extents of a tensor, outermost first: `[N, C, H, W]` for a batch of images, `[C, H, W]` for one.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// One extent per axis.
  public let extents: [Int]

  /// Creates a shape from its extents.
  public init(_ extents: [Int]) {
    self.extents = extents
  }

  /// Creates a shape from a literal such as `[3, 32, 32]`.
  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  /// The number of axes.
  public var rank: Int { extents.count }

  /// The number of scalars: the product of the extents, 1 for rank 0.
  public var count: Int { extents.reduce(1, *) }

  /// The number of scalars, or `nil` where an extent is negative or the product does not fit an `Int`.
  public var checkedCount: Int? {
    var product = 1
    for extent in extents {
      let (partial, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      product = partial
    }
    return product
  }

  /// The extent of one axis.
  public subscript(axis: Int) -> Int { extents[axis] }

  /// The shape of a batch of `count` such examples.
  public func batched(_ count: Int) -> Shape { Shape([count] + extents) }

  /// The shape of one example of a batch of this shape: everything but the first axis.
  public var example: Shape { Shape(Array(extents.dropFirst())) }

  /// The extents joined by the multiplication sign: `3×32×32`.
  public var description: String {
    extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: "×")
  }
}

extension Shape: Codable {
  /// Decodes a plain array of extents.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([Int].self))
  }

  /// Encodes a plain array of extents.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(extents)
  }
}
