import Networks

/// A random landscape by the diamond-square algorithm on a torus: heights from 0 to 1, rough where the decay is small.
///
/// As in the published code, which squares the size of its random numbers: they lie within ±wibble², and wibble is
/// divided by the decay from one scale to the next.
struct PlasmaFractal {
  /// The length of a side, a power of two.
  let side: Int
  private(set) var heights: [Double]

  /// A landscape that covers a number of rows and columns, at least as large as `least`.
  init(covering size: Picture.Size, least: Int, decay: Double, _ stream: inout RandomStream) {
    var side = 2
    while side < max(size.height, size.width, least) { side *= 2 }
    self.side = side
    heights = Array(repeating: 0, count: side * side)
    var (step, wibble) = (side, 100.0)
    while step >= 2 {
      fillSquares(step, wibble, &stream)
      fillDiamonds(step, wibble, &stream)
      step /= 2
      wibble /= decay
    }
    let lowest = heights.min() ?? 0
    let range = (heights.max() ?? 0) - lowest
    heights = heights.map { range > 0 ? ($0 - lowest) / range : 0 }
  }

  /// A height; the landscape repeats itself.
  subscript(y: Int, x: Int) -> Double {
    get { heights[(y & (side - 1)) * side + (x & (side - 1))] }
    set { heights[(y & (side - 1)) * side + (x & (side - 1))] = newValue }
  }

  /// The middle of every square is the mean of its corners and something random.
  private mutating func fillSquares(_ step: Int, _ wibble: Double, _ stream: inout RandomStream) {
    for y in stride(from: 0, to: side, by: step) {
      for x in stride(from: 0, to: side, by: step) {
        let sum = self[y, x] + self[y + step, x] + self[y, x + step] + self[y + step, x + step]
        self[y + step / 2, x + step / 2] = sum / 4 + random(wibble, &stream)
      }
    }
  }

  /// So is the middle of every edge, of the two corners and the two middles beside it.
  private mutating func fillDiamonds(_ step: Int, _ wibble: Double, _ stream: inout RandomStream) {
    let half = step / 2
    for y in stride(from: 0, to: side, by: step) {
      for x in stride(from: 0, to: side, by: step) {
        let middle = self[y + half, x + half]
        let above = middle + self[y - half, x + half] + self[y, x] + self[y, x + step]
        self[y, x + half] = above / 4 + random(wibble, &stream)
        let left = middle + self[y + half, x - half] + self[y, x] + self[y + step, x]
        self[y + half, x] = left / 4 + random(wibble, &stream)
      }
    }
  }

  private func random(_ wibble: Double, _ stream: inout RandomStream) -> Double {
    wibble * wibble * (2 * Double(stream.uniform()) - 1)
  }
}
