import Glibc
import Networks

/// Random images of low frequencies: normal coefficients of the first cosines along each axis.
struct CosineNoise {
  private let channels: Int
  private let rows: [[Double]]
  private let columns: [[Double]]

  /// Noise for examples of a shape `[C, H, W]`; any other shape is taken for one long row.
  ///
  /// - Parameters:
  ///   - shape: The shape of an example.
  ///   - frequencies: The number of cosines along each axis; a long row has their square.
  init(_ shape: Shape, frequencies: Int) {
    let isImage = shape.rank == 3
    channels = isImage ? shape[0] : 1
    rows = CosineNoise.cosines(frequencies, of: isImage ? shape[1] : 1)
    columns = CosineNoise.cosines(
      isImage ? frequencies : frequencies * frequencies, of: isImage ? shape[2] : shape.count)
  }

  /// The first vectors of the orthonormal cosine transform of a length.
  private static func cosines(_ count: Int, of length: Int) -> [[Double]] {
    (0..<min(count, length)).map { frequency in
      let scale = ((frequency == 0 ? 1 : 2) / Double(length)).squareRoot()
      return (0..<length).map { place in
        scale * cos(Double((2 * place + 1) * frequency) * .pi / Double(2 * length))
      }
    }
  }

  /// Fills an example with such noise.
  func fill(_ example: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    let (height, width) = (rows.first?.count ?? 0, columns.first?.count ?? 0)
    for channel in 0..<channels {
      // Along the columns of the image first, one row of coefficients at a time.
      let mixed = rows.map { _ in
        let coefficients = columns.map { _ in Double(stream.normal()) }
        return (0..<width).map { x in zip(coefficients, columns).reduce(0) { $0 + $1.0 * $1.1[x] } }
      }
      for y in 0..<height {
        for x in 0..<width {
          let value = zip(rows, mixed).reduce(0) { $0 + $1.0[y] * $1.1[x] }
          example[(channel * height + y) * width + x] = Float(value)
        }
      }
    }
  }
}
