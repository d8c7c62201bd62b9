/// Canny's edges: ridges of the gradient, followed from where it is steep to where it is less so.
///
/// Canny, *A computational approach to edge detection*, IEEE PAMI 8, 1986, as scikit-image has it: the gradient's
/// length is compared with its neighbours along the gradient by linear interpolation. OpenCV, which the spatter of
/// CIFAR-10-C uses, rounds the direction to eighths of a circle instead.
struct EdgeDetector: Sendable {
  /// The deviation of the Gaussian filter before; 0 for none.
  let sigma: Double
  /// Where an edge may go on, and where one begins.
  let low: Float
  let high: Float
  /// Whether the length of a gradient is the sum of its absolute components, as in OpenCV.
  let addsComponents: Bool
  /// Whether the outermost pixels are no edges, as in scikit-image.
  let skipsBorder: Bool

  /// The edges of the first channel of a picture.
  func edges(of picture: Picture) -> [Bool] {
    let (height, width) = (picture.size.height, picture.size.width)
    var smooth = picture
    if sigma > 0 { smooth.apply(.gaussian(picture.size, sigma: sigma, edge: .missing)) }
    let slopes = (0..<height * width).map { Self.slope(smooth, $0 / width, $0 % width) }
    let lengths = slopes.map { addsComponents ? abs($0.y) + abs($0.x) : ($0.y * $0.y + $0.x * $0.x).squareRoot() }
    func length(_ y: Int, _ x: Int) -> Float {
      (0..<height).contains(y) && (0..<width).contains(x) ? lengths[y * width + x] : 0
    }
    let ridges = slopes.indices.map { index in
      let (y, x) = (index / width, index % width)
      let isBorder = y == 0 || x == 0 || y == height - 1 || x == width - 1
      guard lengths[index] >= low, lengths[index] > 0, !(skipsBorder && isBorder) else { return false }
      return Self.isRidge(y, x, slopes[index], length)
    }
    return follow(ridges, lengths, height: height, width: width)
  }

  /// Sobel's derivatives; the border is repeated.
  private static func slope(_ picture: Picture, _ y: Int, _ x: Int) -> (y: Float, x: Float) {
    func value(_ j: Int, _ i: Int) -> Float {
      picture[0, min(max(y + j, 0), picture.size.height - 1), min(max(x + i, 0), picture.size.width - 1)]
    }
    let down =
      value(1, -1) + 2 * value(1, 0) + value(1, 1) - value(-1, -1) - 2 * value(-1, 0) - value(-1, 1)
    let right =
      value(-1, 1) + 2 * value(0, 1) + value(1, 1) - value(-1, -1) - 2 * value(0, -1) - value(1, -1)
    return (down, right)
  }

  /// Whether a gradient is at least as long as those ahead and behind.
  private static func isRidge(
    _ y: Int, _ x: Int, _ slope: (y: Float, x: Float), _ length: (Int, Int) -> Float
  ) -> Bool {
    let (down, right) = (slope.y < 0 ? -1 : 1, slope.x < 0 ? -1 : 1)
    let isSteep = abs(slope.y) >= abs(slope.x)
    let share = isSteep ? abs(slope.x) / abs(slope.y) : abs(slope.y) / abs(slope.x)
    return [1, -1].allSatisfy { side in
      let straight = isSteep ? length(y + side * down, x) : length(y, x + side * right)
      let diagonal = length(y + side * down, x + side * right)
      return length(y, x) >= (1 - share) * straight + share * diagonal
    }
  }

  /// The ridges that are connected with one that is steep enough.
  private func follow(_ ridges: [Bool], _ lengths: [Float], height: Int, width: Int) -> [Bool] {
    var found = ridges.indices.map { ridges[$0] && lengths[$0] >= high }
    var open = found.indices.filter { found[$0] }
    while let index = open.popLast() {
      let (y, x) = (index / width, index % width)
      for j in max(y - 1, 0)...min(y + 1, height - 1) {
        for i in max(x - 1, 0)...min(x + 1, width - 1) where ridges[j * width + i] && !found[j * width + i] {
          found[j * width + i] = true
          open.append(j * width + i)
        }
      }
    }
    return found
  }
}

/// The edges in the place of the image.
struct CannyEdges: Corruption {
  let name = "canny_edges"
  let kind = CorruptionKind.digital
  let hasSeverities = false

  private static let detector = EdgeDetector(sigma: 1, low: 0.1, high: 0.2, addsComponents: false, skipsBorder: true)

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let single = Picture.Size(channels: 1, height: size.height, width: size.width)
    return { picture, _ in
      for channel in 0..<size.channels {
        let range = channel * size.area..<(channel + 1) * size.area
        var plane = Picture(size: single)
        plane.values = Array(picture.values[range])
        picture.values.replaceSubrange(range, with: Self.detector.edges(of: plane).map { $0 ? 1 : 0 })
      }
    }
  }
}
