import Networks

/// Extents and row-major offsets of a tensor of rank 4, read as `[N, C, H, W]`; axes beyond the shape's rank have extent 1 and
/// those beyond four are joined to the last.
struct NCHW {
  /// N, or the first axis of a weight.
  let count: Int
  /// C, or the second axis of a weight.
  let channels: Int
  /// H.
  let height: Int
  /// W.
  let width: Int

  init(_ shape: Shape) {
    let extents = shape.extents + [1, 1, 1]
    count = extents[0]
    channels = extents[1]
    height = extents[2]
    width = extents[3...].reduce(1, *)
  }

  /// The scalars of one channel.
  var area: Int { height * width }

  /// The number of scalars.
  var size: Int { count * channels * area }

  /// The offset of one scalar.
  @inline(__always)
  func offset(_ n: Int, _ c: Int, _ row: Int, _ column: Int) -> Int {
    ((n * channels + c) * height + row) * width + column
  }

  /// The channel of the scalar at `offset`.
  @inline(__always)
  func channel(at offset: Int) -> Int { offset / area % channels }
}
