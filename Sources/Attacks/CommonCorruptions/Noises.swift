import Glibc
import Networks

/// Normal noise in every value.
struct NormalNoise: Corruption {
  let name = "gaussian_noise"
  let kind = CorruptionKind.noise
  let deviations: PerSeverity<Float>

  static let cifar = NormalNoise(deviations: PerSeverity(0.04, 0.06, 0.08, 0.09, 0.10))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let deviation = deviations[severity]
    return { picture, stream in picture.map { $0 + deviation * stream.normal() } }
  }
}

/// Normal noise as large as each value.
struct SpeckleNoise: Corruption {
  let name = "speckle_noise"
  let kind = CorruptionKind.noise
  let deviations: PerSeverity<Float>

  static let cifar = SpeckleNoise(deviations: PerSeverity(0.06, 0.1, 0.12, 0.16, 0.2))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let deviation = deviations[severity]
    return { picture, stream in picture.map { $0 + $0 * deviation * stream.normal() } }
  }
}

/// The noise of few photons: every value is a Poisson number of them.
struct ShotNoise: Corruption {
  let name = "shot_noise"
  let kind = CorruptionKind.noise
  /// The photons of the largest value.
  let photons: PerSeverity<Double>

  static let cifar = ShotNoise(photons: PerSeverity(500, 250, 100, 75, 50))
  static let mnist = ShotNoise(photons: PerSeverity(60, 25, 12, 5, 3))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let photons = photons[severity]
    return { picture, stream in picture.map { Float(stream.poisson(Double($0) * photons) / photons) } }
  }
}

/// Values that become 0 or 1, either as likely.
struct ImpulseNoise: Corruption {
  let name = "impulse_noise"
  let kind = CorruptionKind.noise
  /// The share of the values.
  let amounts: PerSeverity<Float>

  static let cifar = ImpulseNoise(amounts: PerSeverity(0.01, 0.02, 0.03, 0.05, 0.07))
  static let mnist = ImpulseNoise(amounts: PerSeverity(0.03, 0.06, 0.09, 0.17, 0.27))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let amount = amounts[severity]
    return { picture, stream in
      picture.map { value in
        guard stream.uniform() < amount else { return value }
        return stream.uniform() < 0.5 ? 0 : 1
      }
    }
  }
}

extension RandomStream {
  /// A Poisson number: by multiplication where few are expected, else by Hörmann, *The transformed rejection method for
  /// generating Poisson random variables*, Insurance: Mathematics and Economics 12, 1993 (PTRS). None where the mean is
  /// not above 0.
  mutating func poisson(_ mean: Double) -> Double {
    guard mean > 0, mean.isFinite else { return 0 }
    return mean < 10 ? poissonByProduct(mean) : poissonByRejection(mean)
  }

  private mutating func poissonByProduct(_ mean: Double) -> Double {
    let least = exp(-mean)
    var (count, product) = (0.0, Double(uniform()))
    while product > least {
      product *= Double(uniform())
      count += 1
    }
    return count
  }

  private mutating func poissonByRejection(_ mean: Double) -> Double {
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverse = 1.1239 + 1.1328 / (b - 3.4)
    while true {
      let u = Double(uniform()) - 0.5
      let v = Double(uniform())
      let room = 0.5 - abs(u)
      let count = ((2 * a / room + b) * u + mean + 0.43).rounded(.down)
      if room >= 0.07, v <= 0.9277 - 3.6224 / (b - 2) { return count }
      // At the ends of the range the count is infinite.
      guard count >= 0, count.isFinite, room >= 0.013 || v <= room else { continue }
      var sign: Int32 = 0
      let likelihood = -mean + count * log(mean) - lgamma_r(count + 1, &sign)
      if log(v * inverse / (a / (room * room) + b)) <= likelihood { return count }
    }
  }
}
