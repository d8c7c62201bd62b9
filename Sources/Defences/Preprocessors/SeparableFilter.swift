import Networks

/// A filter of rows and then of columns with the same weights, borders mirrored (SciPy's mode "reflect"), and its
/// transpose. Sums are in double precision.
struct SeparableFilter {
  /// The weights of the window.
  let weights: [Double]
  /// The index in the window of the pixel itself.
  let center: Int

  func apply(_ images: Tensor<Float>, for name: String) throws -> Tensor<Float> {
    try run(images, for: name) { filter, from, to, table in filter.gather(from, to, table) }
  }

  func transposed(_ cotangent: Tensor<Float>, for name: String) throws -> Tensor<Float> {
    // The two passes commute, so their order need not be reversed.
    try run(cotangent, for: name) { filter, from, to, table in filter.spread(from, to, table) }
  }

  private typealias Line = (pointer: UnsafePointer<Double>, stride: Int)
  private typealias MutableLine = (pointer: UnsafeMutablePointer<Double>, stride: Int)

  private func run(
    _ images: Tensor<Float>, for name: String,
    _ pass: (SeparableFilter, Line, MutableLine, [[Int]]) -> Void
  ) throws -> Tensor<Float> {
    let planes = try Planes(images, for: name)
    let (height, width) = (planes.height, planes.width)
    let (rowTable, columnTable) = (table(width), table(height))
    var source = [Double](repeating: 0, count: planes.size)
    var target = source
    var result = images
    result.withUnsafeMutableScalars { scalars in
      for plane in 0..<planes.count {
        let start = plane * planes.size
        for i in 0..<planes.size { source[i] = Double(scalars[start + i]) }
        source.withUnsafeMutableBufferPointer { source in
          target.withUnsafeMutableBufferPointer { target in
            guard let a = source.baseAddress, let b = target.baseAddress else { return }
            for y in 0..<height { pass(self, (UnsafePointer(a + y * width), 1), (b + y * width, 1), rowTable) }
            for x in 0..<width { pass(self, (UnsafePointer(b + x), width), (a + x, width), columnTable) }
          }
        }
        for i in 0..<planes.size { scalars[start + i] = Float(source[i]) }
      }
    }
    return result
  }

  /// For every pixel of a line the indices of the pixels in its window.
  private func table(_ count: Int) -> [[Int]] {
    (0..<count).map { pixel in weights.indices.map { reflected(pixel + $0 - center, count: count) } }
  }

  private func gather(_ from: Line, _ to: MutableLine, _ table: [[Int]]) {
    for (pixel, places) in table.enumerated() {
      var sum = 0.0
      for (tap, place) in places.enumerated() { sum += weights[tap] * from.pointer[place * from.stride] }
      to.pointer[pixel * to.stride] = sum
    }
  }

  private func spread(_ from: Line, _ to: MutableLine, _ table: [[Int]]) {
    for pixel in table.indices { to.pointer[pixel * to.stride] = 0 }
    for (pixel, places) in table.enumerated() {
      for (tap, place) in places.enumerated() {
        to.pointer[place * to.stride] += weights[tap] * from.pointer[pixel * from.stride]
      }
    }
  }
}
