import Glibc
import Networks

/// A Gaussian filter.
struct GaussianBlur: Corruption {
  let name = "gaussian_blur"
  let kind = CorruptionKind.blur
  let deviations: PerSeverity<Double>

  static let cifar = GaussianBlur(deviations: PerSeverity(0.4, 0.6, 0.7, 0.8, 1))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let map = SeparableMap.gaussian(size, sigma: deviations[severity])
    return { picture, _ in picture.apply(map) }
  }
}

extension SeparableMap {
  /// scikit-image's Gaussian filter.
  static func gaussian(_ size: Picture.Size, sigma: Double, truncate: Double = 4, edge: Edge = .nearest) -> SeparableMap
  {
    SeparableMap(
      rows: .gaussian(size.width, sigma: sigma, truncate: truncate, edge: edge),
      columns: .gaussian(size.height, sigma: sigma, truncate: truncate, edge: edge))
  }
}

/// Out of focus: the mean over a disk whose edge is softened.
struct DefocusBlur: Corruption {
  let name = "defocus_blur"
  let kind = CorruptionKind.blur
  /// The radius of the disk, and the width of its edge.
  let disks: PerSeverity<(radius: Double, softness: Double)>

  static let cifar = DefocusBlur(disks: PerSeverity((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let kernel = Kernel(disks[severity])
    return { picture, _ in kernel.apply(to: &picture) }
  }

  /// The weights of the neighbours that have any.
  private struct Kernel {
    private var weights: [(y: Int, x: Int, weight: Float)] = []

    init(_ disk: (radius: Double, softness: Double)) {
      // The edge is softened by a filter of three pixels.
      let side = exp(-1 / (2 * disk.softness * disk.softness))
      let soft = [side, 1, side].map { $0 / (1 + 2 * side) }
      let reach = Int(disk.radius) + 1
      func inside(_ y: Int, _ x: Int) -> Double { Double(y * y + x * x) <= disk.radius * disk.radius ? 1 : 0 }
      var sum = 0.0
      for y in -reach...reach { for x in -reach...reach { sum += inside(y, x) } }
      for y in -reach...reach {
        for x in -reach...reach {
          var weight = 0.0
          for j in -1...1 { for i in -1...1 { weight += soft[j + 1] * soft[i + 1] * inside(y + j, x + i) } }
          if weight > 0 { weights.append((y, x, Float(weight / sum))) }
        }
      }
    }

    func apply(to picture: inout Picture) {
      let (before, size) = (picture, picture.size)
      let edge = Edge.mirrored
      for y in 0..<size.height {
        for x in 0..<size.width {
          let terms = weights.map { term in
            (edge.place(y + term.y, of: size.height) ?? y, edge.place(x + term.x, of: size.width) ?? x, term.weight)
          }
          for channel in 0..<size.channels {
            picture[channel, y, x] = terms.reduce(0) { $0 + $1.2 * before[channel, $1.0, $1.1] }
          }
        }
      }
    }
  }
}

/// Seen through frosted glass: pixels change places with near ones, between two Gaussian filters.
struct GlassBlur: Corruption {
  let name = "glass_blur"
  let kind = CorruptionKind.blur
  /// The filter's deviation, how far pixels go, and how often.
  let constants: PerSeverity<(sigma: Double, reach: Int, rounds: Int)>
  /// MNIST-C moves every second pixel. In CIFAR-10-C's code all are visited, and the pixel that was to be exchanged is
  /// overwritten by the other, because an array's row is changed while it is read; its images show that.
  let isExchange: Bool

  static let cifar = GlassBlur(
    constants: PerSeverity((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)), isExchange: false)
  static let mnist = GlassBlur(
    constants: PerSeverity((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), isExchange: true)

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (sigma, reach, rounds) = constants[severity]
    let map = SeparableMap.gaussian(size, sigma: sigma)
    return { [isExchange] picture, stream in
      picture.apply(map)
      for _ in 0..<rounds {
        for y in stride(from: size.height - reach, to: reach, by: -1) {
          for x in stride(from: size.width - reach, to: reach, by: -1) {
            if isExchange, stream.uniform() < 0.5 { continue }
            let right = stream.integer(below: 2 * reach) - reach
            let other = (y: y + stream.integer(below: 2 * reach) - reach, x: x + right)
            for channel in 0..<size.channels {
              let own = picture[channel, y, x]
              picture[channel, y, x] = picture[channel, other.y, other.x]
              if isExchange { picture[channel, other.y, other.x] = own }
            }
          }
        }
      }
      picture.apply(map)
    }
  }
}

/// A camera that moved: ImageMagick's motion blur, in a direction within 45° of the rows.
struct MotionBlur: Corruption {
  let name = "motion_blur"
  let kind = CorruptionKind.blur
  let constants: PerSeverity<(radius: Double, sigma: Double)>

  static let cifar = MotionBlur(constants: PerSeverity((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)))
  static let mnist = MotionBlur(constants: PerSeverity((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (radius, sigma) = constants[severity]
    return { picture, stream in
      picture.blur(radius: radius, sigma: sigma, angle: Double(stream.uniform(in: -45...45)))
    }
  }
}

extension Picture {
  /// The mean of the pixels that lie ahead in a direction (degrees), half a Gaussian as weights; the border is
  /// repeated.
  mutating func blur(radius: Double, sigma: Double, angle: Double) {
    let count = 2 * Int(radius.rounded(.up)) + 1
    let bells = (0..<count).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = bells.reduce(0, +)
    let (cosine, sine) = (cos(angle * .pi / 180), sin(angle * .pi / 180))
    let terms = bells.enumerated().map { index, bell in
      // ImageMagick's rounding of offsets.
      (
        y: Int((Double(index) * sine - 0.5).rounded(.up)), x: Int((Double(index) * cosine - 0.5).rounded(.up)),
        weight: Float(bell / sum)
      )
    }
    let before = self
    for channel in 0..<size.channels {
      for y in 0..<size.height {
        for x in 0..<size.width {
          var value: Float = 0
          for term in terms {
            let (row, column) = (min(max(y + term.y, 0), size.height - 1), min(max(x + term.x, 0), size.width - 1))
            value += term.weight * before[channel, row, column]
          }
          self[channel, y, x] = value
        }
      }
    }
  }
}

/// A camera that came nearer: the mean of the image and of enlarged ones.
struct ZoomBlur: Corruption {
  let name = "zoom_blur"
  let kind = CorruptionKind.blur
  /// Factors from 1 to below this one, in hundredths.
  let ends: PerSeverity<Double>

  static let cifar = ZoomBlur(ends: PerSeverity(1.06, 1.11, 1.16, 1.21, 1.26))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    // As many as NumPy's arange gives, whose last one may reach the end by rounding.
    let count = Int(((ends[severity] - 1) / 0.01).rounded(.up))
    let maps = (0..<count).map { number in
      let factor = 1 + 0.01 * Double(number)
      return SeparableMap(rows: .zoom(size.width, by: factor), columns: .zoom(size.height, by: factor))
    }
    return { picture, _ in
      let image = picture
      for map in maps {
        var enlarged = image
        enlarged.apply(map)
        picture.add(enlarged)
      }
      picture.map { $0 / Float(count + 1) }
    }
  }
}
