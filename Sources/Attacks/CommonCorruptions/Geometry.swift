import Glibc
import Networks

/// Shear, scale, rotation and shift about the centre of the image: a pixel shows where a linear map of its offset
/// leads.
struct LinearCorruption: Corruption {
  let name: String
  let kind = CorruptionKind.geometric
  /// The map of offsets from the centre, and a shift, for one severity and two random directions of ±1.
  fileprivate let map: @Sendable (_ severity: Severity, _ side: Double, _ other: Double) -> LinearMap

  /// x' = a x + b y + right; y' = c x + d y + down.
  fileprivate struct LinearMap {
    var a = 1.0
    var b = 0.0
    var c = 0.0
    var d = 1.0
    var right = 0.0
    var down = 0.0
  }

  private static let angles = PerSeverity(0.2, 0.4, 0.6, 0.8, 1)
  private static let sizes = PerSeverity(0.9, 0.8, 0.7, 0.6, 0.5)

  /// By scikit-image's matrix of a shear, which shortens the columns too.
  static let shear = LinearCorruption(name: "shear") { severity, side, _ in
    let angle = side * angles[severity]
    return LinearMap(b: -sin(angle), d: cos(angle))
  }
  static let scale = LinearCorruption(name: "scale") { severity, _, _ in
    LinearMap(a: 1 / sizes[severity], d: 1 / sizes[severity])
  }
  /// By 0.2 to 1 radians.
  static let rotate = LinearCorruption(name: "rotate") { severity, side, _ in
    let angle = side * angles[severity]
    return LinearMap(a: cos(angle), b: -sin(angle), c: sin(angle), d: cos(angle))
  }
  /// By 1 to 5 pixels in both directions.
  static let translate = LinearCorruption(name: "translate") { severity, side, other in
    LinearMap(right: side * Double(severity.rawValue), down: other * Double(severity.rawValue))
  }

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (middleY, middleX) = (Double(size.height - 1) / 2, Double(size.width - 1) / 2)
    return { [map] picture, stream in
      let map = map(severity, stream.uniform() < 0.5 ? -1 : 1, stream.uniform() < 0.5 ? -1 : 1)
      picture.resample { y, x in
        let (down, right) = (Double(y) - middleY, Double(x) - middleX)
        return (map.c * right + map.d * down + middleY + map.down, map.a * right + map.b * down + middleX + map.right)
      }
    }
  }
}

/// An elastic sheet: a random affine map, and then every pixel moved a little, like its neighbours.
struct ElasticTransform: Corruption {
  let name = "elastic_transform"
  let kind = CorruptionKind.digital
  /// The size of the moves, the deviation of their filter, and how far corners of the affine map go: shares of the
  /// shorter side.
  let constants: PerSeverity<(move: Double, sigma: Double, corner: Double)>

  static let cifar = ElasticTransform(
    constants: PerSeverity((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let side = Double(min(size.height, size.width))
    let (move, sigma, corner) = constants[severity]
    let single = Picture.Size(channels: 1, height: size.height, width: size.width)
    let smoothing = SeparableMap.gaussian(single, sigma: sigma * side, truncate: 3, edge: .reflected)
    return { picture, stream in
      let affine = CornerMap(size, reach: Float(corner * side), &stream)
      picture.resample(edge: .mirrored) { y, x in affine.source(y: Double(y), x: Double(x)) }
      func moves(_ stream: inout RandomStream) -> Picture {
        var moves = Picture(size: single)
        moves.map { _ in stream.uniform(in: -1...1) }
        moves.apply(smoothing)
        return moves
      }
      let (right, down) = (moves(&stream), moves(&stream))
      picture.resample(edge: .reflected) { y, x in
        (Double(y) + move * side * Double(down[0, y, x]), Double(x) + move * side * Double(right[0, y, x]))
      }
    }
  }
}

/// The affine map that takes three moved corners of a square in the middle of the image back to where they were.
private struct CornerMap {
  private typealias Point = (y: Double, x: Double)
  private let origin: Point
  private let moved: Point
  /// What a step along the rows and one along the columns of the result are in the source.
  private var right: Point = (0, 1)
  private var down: Point = (1, 0)

  init(_ size: Picture.Size, reach: Float, _ stream: inout RandomStream) {
    let (y, x) = (Double(size.height / 2), Double(size.width / 2))
    let half = Double(min(size.height, size.width) / 3)
    // The published code takes the corner below on the right, another, and the one above on the left.
    let corners = [(y: y + half, x: x + half), (y: y - half, x: x + half), (y: y - half, x: x - half)]
    let targets = corners.map { corner in
      let down = Double(stream.uniform(in: -reach...reach))
      return (y: corner.y + down, x: corner.x + Double(stream.uniform(in: -reach...reach)))
    }
    (origin, moved) = (corners[0], targets[0])
    let (first, second) = (Self.minus(targets[1], moved), Self.minus(targets[2], moved))
    let (one, two) = (Self.minus(corners[1], origin), Self.minus(corners[2], origin))
    let area = first.x * second.y - first.y * second.x
    // Corners on one line tell nothing: the image stays.
    guard abs(area) > 1e-6 else { return }
    right = ((second.y * one.y - first.y * two.y) / area, (second.y * one.x - first.y * two.x) / area)
    down = ((first.x * two.y - second.x * one.y) / area, (first.x * two.x - second.x * one.x) / area)
  }

  private static func minus(_ a: Point, _ b: Point) -> Point { (a.y - b.y, a.x - b.x) }

  /// The place that a pixel of the result shows.
  func source(y: Double, x: Double) -> (y: Double, x: Double) {
    let (dy, dx) = (y - moved.y, x - moved.x)
    return (origin.y + dy * down.y + dx * right.y, origin.x + dy * down.x + dx * right.x)
  }
}

extension Picture {
  /// The same as `resample`, with an image that goes on beyond its border.
  mutating func resample(edge: Edge, _ place: (_ y: Int, _ x: Int) -> (y: Double, x: Double)) {
    let before = self
    for y in 0..<size.height {
      for x in 0..<size.width {
        let place = place(y, x)
        let (top, left) = (place.y.rounded(.down), place.x.rounded(.down))
        let rows = [0, 1].map { edge.place(Int(top) + $0, of: size.height) ?? y }
        let columns = [0, 1].map { edge.place(Int(left) + $0, of: size.width) ?? x }
        let (lower, right) = (Float(place.y - top), Float(place.x - left))
        for channel in 0..<size.channels {
          let upper =
            before[channel, rows[0], columns[0]] * (1 - right) + before[channel, rows[0], columns[1]] * right
          let below =
            before[channel, rows[1], columns[0]] * (1 - right) + before[channel, rows[1], columns[1]] * right
          self[channel, y, x] = upper * (1 - lower) + below * lower
        }
      }
    }
  }
}
