import Networks

/// Drops on the lens: water, or mud.
struct Spatter: Corruption {
  let name = "spatter"
  let kind = CorruptionKind.weather

  /// Mean and deviation of the noise that drops are made of, the deviation of its filter, the value above which there
  /// is a drop, the brightness of water or the deviation of mud's filter, and whether it is mud.
  struct Constants: Sendable {
    let mean: Float, deviation: Float, sigma: Double, least: Float, strength: Double, isMud: Bool

    init(_ mean: Float, _ deviation: Float, _ sigma: Double, _ least: Float, _ strength: Double, isMud: Bool) {
      (self.mean, self.deviation, self.sigma, self.least) = (mean, deviation, sigma, least)
      (self.strength, self.isMud) = (strength, isMud)
    }
  }
  let constants: PerSeverity<Constants>
  /// Red, green and blue of mud; a gray for one channel.
  let mud: [Float]

  static let cifar = Spatter(
    constants: PerSeverity(
      Constants(0.62, 0.1, 0.7, 0.7, 0.5, isMud: false), Constants(0.65, 0.1, 0.8, 0.7, 0.5, isMud: false),
      Constants(0.65, 0.3, 1, 0.69, 0.5, isMud: false), Constants(0.65, 0.1, 0.7, 0.69, 0.6, isMud: true),
      Constants(0.65, 0.1, 0.5, 0.68, 0.6, isMud: true)),
    mud: [63 / 255, 42 / 255, 20 / 255])

  /// All of it mud, as in its code.
  static let mnist = Spatter(
    constants: PerSeverity(
      Constants(0.65, 0.3, 4, 0.69, 0.6, isMud: true), Constants(0.65, 0.3, 3, 0.68, 0.6, isMud: true),
      Constants(0.65, 0.3, 2, 0.68, 0.5, isMud: true), Constants(0.65, 0.3, 1, 0.65, 1.5, isMud: true),
      Constants(0.67, 0.4, 1, 0.65, 1.5, isMud: true)),
    mud: [63 / 255])

  private static let water: [Float] = [175 / 255, 238 / 255, 238 / 255]

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let own = constants[severity]
    let single = Picture.Size(channels: 1, height: size.height, width: size.width)
    let smoothing = SeparableMap.gaussian(single, sigma: own.sigma)
    let rounding = SeparableMap.gaussian(single, sigma: own.strength)
    let color = Self.color(own.isMud ? mud : Self.water, channels: size.channels)
    return { picture, stream in
      var drops = Picture(size: single)
      drops.map { _ in own.mean + own.deviation * stream.normal() }
      drops.apply(smoothing)
      drops.map { $0 < own.least ? 0 : $0 }
      if own.isMud {
        drops.map { $0 > own.least ? 1 : 0 }
        drops.apply(rounding)
        drops.map { $0 < 0.8 ? 0 : $0 }
      } else {
        drops = Water.light(on: drops, strength: Float(own.strength))
      }
      for index in picture.values.indices {
        let drop = drops.values[index % size.area]
        let left = own.isMud ? 1 - drop : 1
        picture.values[index] = left * picture.values[index] + drop * color[index / size.area]
      }
    }
  }

  /// The colour of each channel; where they are not as many as the colours, the mean of all.
  private static func color(_ values: [Float], channels: Int) -> [Float] {
    values.count == channels
      ? values : Array(repeating: values.reduce(0, +) / Float(values.count), count: channels)
  }
}

/// How drops of water shine: brighter on one side, by their distance from the rim. The steps are those of the published
/// code, on bytes; the distances are exact where OpenCV's are within a few hundredths.
private enum Water {
  private static let rim = EdgeDetector(sigma: 0, low: 50, high: 150, addsComponents: true, skipsBorder: false)
  private static let relief: [[Float]] = [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]

  static func light(on drops: Picture, strength: Float) -> Picture {
    var bytes = drops
    bytes.map { (min(max($0, 0), 1) * 255).rounded(.down) }
    var depths = distances(bytes)
    filter(&depths, Array(repeating: Array(repeating: 1.0 / 9, count: 3), count: 3))
    depths.map { $0.rounded(.down) }
    equalize(&depths)
    filter(&depths, relief)
    depths.map { min(max($0, 0), 255).rounded() }
    filter(&depths, Array(repeating: Array(repeating: 1.0 / 9, count: 3), count: 3))
    depths.map { $0.rounded() }
    for index in depths.values.indices { depths.values[index] *= bytes.values[index] }
    let brightest = depths.values.max() ?? 0
    depths.map { brightest > 0 ? strength * $0 / brightest : 0 }
    return depths
  }

  /// The distance of each pixel from the nearest edge, 20 at most.
  private static func distances(_ drops: Picture) -> Picture {
    let edges = rim.edges(of: drops)
    let width = drops.size.width
    let places = edges.indices.filter { edges[$0] }
    var result = drops
    for pixel in result.values.indices {
      let nearest = places.reduce(400) { least, place in
        let (y, x) = (place / width - pixel / width, place % width - pixel % width)
        return min(least, y * y + x * x)
      }
      result.values[pixel] = Float(nearest).squareRoot()
    }
    return result
  }

  /// The weighted sum of the neighbours; the image is mirrored at its last pixels.
  private static func filter(_ picture: inout Picture, _ weights: [[Float]]) {
    let (before, size, edge) = (picture, picture.size, Edge.mirrored)
    for y in 0..<size.height {
      for x in 0..<size.width {
        var sum: Float = 0
        for (j, row) in weights.enumerated() {
          for (i, weight) in row.enumerated() {
            let (line, column) = (edge.place(y + j - 1, of: size.height), edge.place(x + i - 1, of: size.width))
            sum += weight * before[0, line ?? y, column ?? x]
          }
        }
        picture[0, y, x] = sum
      }
    }
  }

  /// Bytes replaced by their rank among all, from 0 to 255.
  private static func equalize(_ picture: inout Picture) {
    var counts = [Int](repeating: 0, count: 256)
    for value in picture.values { counts[Int(min(max(value, 0), 255))] += 1 }
    let first = counts.first { $0 > 0 } ?? 0
    guard picture.values.count > first else { return }
    var (ranks, sum) = ([Float](repeating: 0, count: 256), -first)
    for value in counts.indices {
      sum += counts[value]
      ranks[value] = (Float(max(sum, 0)) * 255 / Float(picture.values.count - first)).rounded()
    }
    picture.map { ranks[Int(min(max($0, 0), 255))] }
  }
}
