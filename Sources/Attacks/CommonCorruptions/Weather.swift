import Networks

/// Fog: a random landscape of light.
struct Fog: Corruption {
  let name = "fog"
  let kind = CorruptionKind.weather
  /// How thick it is, and how smooth.
  let constants: PerSeverity<(thickness: Float, decay: Double)>
  /// The side of the landscape, of which a corner is seen.
  let side: Int

  static let cifar = Fog(
    constants: PerSeverity((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)), side: 32)
  static let mnist = Fog(
    constants: PerSeverity((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)), side: 256)

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (thickness, decay) = constants[severity]
    return { [side] picture, stream in
      let brightest = picture.values.max() ?? 0
      let fog = PlasmaFractal(covering: size, least: side, decay: decay, &stream).picture(of: size)
      picture.add(fog, times: thickness)
      picture.map { $0 * brightest / (brightest + thickness) }
    }
  }
}

extension PlasmaFractal {
  /// The corner that covers pictures of a size, as one channel.
  func picture(of size: Picture.Size) -> Picture {
    var picture = Picture(size: Picture.Size(channels: 1, height: size.height, width: size.width))
    for y in 0..<size.height { for x in 0..<size.width { picture[0, y, x] = Float(self[y, x]) } }
    return picture
  }
}

/// Frost on a window.
struct Frost: Corruption {
  let name = "frost"
  let kind = CorruptionKind.weather
  /// What is left of the image, and how much frost is added.
  let weights: PerSeverity<(image: Float, frost: Float)>

  static let cifar = Frost(weights: PerSeverity((1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)))

  let remark: String? = "frost: a computed texture in the place of the published photographs; not comparable"

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (image, frost) = weights[severity]
    // Pale blue where there are colours.
    let tint: [Float] = size.channels == 3 ? [0.85, 0.93, 1] : Array(repeating: 0.93, count: size.channels)
    return { picture, stream in
      let texture = Self.texture(size, &stream)
      for index in picture.values.indices {
        let crystal = texture.values[index % size.area] * tint[index / size.area]
        picture.values[index] = image * picture.values[index] + frost * crystal
      }
    }
  }

  /// Crystals: the ridges of a rough landscape, over the haze of a smooth one.
  private static func texture(_ size: Picture.Size, _ stream: inout RandomStream) -> Picture {
    let haze = PlasmaFractal(covering: size, least: 32, decay: 2.5, &stream).picture(of: size)
    var crystals = PlasmaFractal(covering: size, least: 32, decay: 1.6, &stream).picture(of: size)
    crystals.map { height in
      let ridge = 1 - abs(2 * height - 1)
      return ridge * ridge
    }
    crystals.add(haze)
    crystals.map { 0.25 + 0.375 * $0 }
    return crystals
  }
}

/// Snow: flakes blurred along their fall, and a paler image.
struct Snow: Corruption {
  let name = "snow"
  let kind = CorruptionKind.weather

  /// Mean and deviation of the noise that flakes are made of, its enlargement, the value above which it is a flake,
  /// radius and deviation of their blur, and what is left of the image's colours.
  struct Constants: Sendable {
    let mean: Float, deviation: Float, zoom: Double, least: Float, radius: Double, sigma: Double, colour: Float

    init(
      _ mean: Float, _ deviation: Float, _ zoom: Double, _ least: Float, _ radius: Double, _ sigma: Double,
      _ colour: Float
    ) {
      (self.mean, self.deviation, self.zoom, self.least) = (mean, deviation, zoom, least)
      (self.radius, self.sigma, self.colour) = (radius, sigma, colour)
    }
  }
  let constants: PerSeverity<Constants>

  static let cifar = Snow(
    constants: PerSeverity(
      Constants(0.1, 0.2, 1, 0.6, 8, 3, 0.95), Constants(0.1, 0.2, 1, 0.5, 10, 4, 0.9),
      Constants(0.15, 0.3, 1.75, 0.55, 10, 4, 0.9), Constants(0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
      Constants(0.3, 0.3, 1.25, 0.65, 14, 12, 0.8)))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let own = constants[severity]
    let zoom = SeparableMap(rows: .zoom(size.width, by: own.zoom), columns: .zoom(size.height, by: own.zoom))
    return { picture, stream in
      var flakes = Picture(size: Picture.Size(channels: 1, height: size.height, width: size.width))
      flakes.map { _ in own.mean + own.deviation * stream.normal() }
      flakes.apply(zoom)
      flakes.map { $0 < own.least ? 0 : min($0, 1) }
      let angle = Double(stream.uniform(in: -135 ... -45))
      flakes.blur(radius: own.radius, sigma: own.sigma, angle: angle)
      let gray = picture.gray
      for index in picture.values.indices {
        let value = picture.values[index]
        let pale = max(value, gray.values[index % size.area] * 1.5 + 0.5)
        picture.values[index] = own.colour * value + (1 - own.colour) * pale
      }
      picture.add(flakes)
      // And once more, turned by half a circle.
      flakes.values.reverse()
      picture.add(flakes)
    }
  }
}
