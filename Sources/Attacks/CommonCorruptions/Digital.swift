import Networks

/// More light: the value of hue, saturation and value, which is the largest of the channels.
struct Brightness: Corruption {
  let name = "brightness"
  let kind = CorruptionKind.digital
  let added: PerSeverity<Float>

  static let cifar = Brightness(added: PerSeverity(0.05, 0.1, 0.15, 0.2, 0.3))
  static let mnist = Brightness(added: PerSeverity(0.1, 0.2, 0.3, 0.4, 0.5))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let added = added[severity]
    return { picture, _ in
      picture.mapPixels { channels in
        let value = channels.max() ?? 0
        let brighter = min(max(value + added, 0), 1)
        // Hue and saturation stay where all channels grow alike; black has neither.
        return channels.map { value > 0 ? $0 * brighter / value : brighter }
      }
    }
  }
}

/// Paler or stronger colours.
struct Saturation: Corruption {
  let name = "saturate"
  let kind = CorruptionKind.digital
  let constants: PerSeverity<(factor: Float, added: Float)>

  static let cifar = Saturation(constants: PerSeverity((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let (factor, added) = constants[severity]
    return { picture, _ in
      picture.mapPixels { channels in
        guard channels.count == 3, let most = channels.max(), let least = channels.min(), most > 0 else {
          return channels
        }
        let saturation = (most - least) / most
        let stronger = min(max(saturation * factor + added, 0), 1)
        // Without saturation there is no hue, and what is none counts as red.
        return channels.enumerated().map { channel, value in
          let distance = most > least ? (most - value) / (most - least) : (channel == 0 ? 0 : 1)
          return most * (1 - stronger * distance)
        }
      }
    }
  }
}

extension Picture {
  /// The channels of every pixel changed together.
  mutating func mapPixels(_ change: (_ channels: [Float]) -> [Float]) {
    for pixel in 0..<size.area {
      let changed = change((0..<size.channels).map { values[$0 * size.area + pixel] })
      for (channel, value) in changed.enumerated() { values[channel * size.area + pixel] = value }
    }
  }
}

/// Less contrast: every channel nearer to its mean.
struct Contrast: Corruption {
  let name = "contrast"
  let kind = CorruptionKind.digital
  let factors: PerSeverity<Float>

  static let cifar = Contrast(factors: PerSeverity(0.75, 0.5, 0.4, 0.3, 0.15))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let factor = factors[severity]
    return { picture, _ in
      for channel in 0..<size.channels {
        let range = channel * size.area..<(channel + 1) * size.area
        let mean = Float(picture.values[range].reduce(0.0) { $0 + Double($1) } / Double(size.area))
        for index in range { picture.values[index] = (picture.values[index] - mean) * factor + mean }
      }
    }
  }
}

/// Fewer, larger pixels.
struct Pixelation: Corruption {
  let name = "pixelate"
  let kind = CorruptionKind.digital
  /// The share of the pixels that is left in each direction.
  let shares: PerSeverity<Double>

  static let cifar = Pixelation(shares: PerSeverity(0.95, 0.9, 0.85, 0.75, 0.65))

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let share = shares[severity]
    let map = SeparableMap(
      rows: .pixelated(size.width, to: Int(Double(size.width) * share)),
      columns: .pixelated(size.height, to: Int(Double(size.height) * share)))
    return { picture, _ in picture.apply(map) }
  }
}
