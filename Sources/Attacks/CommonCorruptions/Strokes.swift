import Glibc
import Networks

/// The first and the last quarter of the columns inverted.
struct Stripe: Corruption {
  let name = "stripe"
  let kind = CorruptionKind.geometric
  let hasSeverities = false

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let quarter = size.width / 4
    return { picture, _ in
      for index in picture.values.indices {
        let x = index % size.width
        if x < quarter || x >= size.width - quarter { picture.values[index] = 1 - picture.values[index] }
      }
    }
  }
}

/// A dotted line from the left border to the right.
struct DottedLine: Corruption {
  let name = "dotted_line"
  let kind = CorruptionKind.geometric
  let hasSeverities = false

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    { picture, stream in
      let rows = (0..<2).map { _ in Double(stream.integer(below: max(size.height - 1, 1))) }
      picture.draw(from: (rows[0], 0), to: (rows[1], Double(size.width - 1))) { x in !(x / 2).isMultiple(of: 2) }
    }
  }
}

/// A zigzag from near the left border to near the right, two pixels to either side.
struct Zigzag: Corruption {
  let name = "zigzag"
  let kind = CorruptionKind.geometric
  let hasSeverities = false

  func change(_ severity: Severity, of size: Picture.Size) -> Change {
    { picture, stream in
      let (first, last) = (2.0, Double(size.width - 3))
      let start = Double(stream.integer(below: max(size.height - 1, 1)))
      let end = start + Double(stream.integer(below: 10) - 5)
      guard last > first else { return }
      let angle = atan((end - start) / (last - first))
      let ends = Self.corners(length: (last - first) / cos(angle)).map { corner in
        (
          y: start + sin(angle) * corner.x + cos(angle) * corner.y,
          x: first + cos(angle) * corner.x - sin(angle) * corner.y
        )
      }
      for (from, to) in zip(ends, ends.dropFirst()) { picture.draw(from: from, to: to) { _ in true } }
    }
  }

  /// The corners of a zigzag along a line, with the published code's own rule for its end.
  private static func corners(length: Double) -> [(y: Double, x: Double)] {
    var corners = [(y: 0.0, x: 0.0)]
    for number in 0..<max(Int(((length - 2) / 4).rounded(.down)) + 1, 0) {
      corners.append((number.isMultiple(of: 2) ? 2 : -2, 2 * Double(2 * number + 1)))
    }
    let whole = 4 * (length / 4).rounded(.down)
    if let last = corners.last, length != whole { corners.append((last.y / (2 * (length - whole)), length)) }
    return corners
  }
}

extension Picture {
  /// Draws a bright line whose edge fades over two pixels: ln(1 − d/2.3) + 1 at a vertical distance of d.
  ///
  /// - Parameters:
  ///   - start: Where it begins, on the left.
  ///   - end: Where it ends.
  ///   - isDrawn: Whether a column is drawn.
  fileprivate mutating func draw(
    from start: (y: Double, x: Double), to end: (y: Double, x: Double), _ isDrawn: (_ x: Int) -> Bool
  ) {
    guard end.x != start.x else { return }
    let slope = (end.y - start.y) / (end.x - start.x)
    let first = max(Int(start.x.rounded(.down)), 0)
    let last = min(Int(end.x.rounded(.up)), size.width)
    for x in first..<max(first, last) where isDrawn(x) {
      for y in 0..<size.height {
        let distance = abs(Double(y) - (slope * (Double(x) - start.x) + start.y))
        guard distance < 2.3 else { continue }
        let light = Float(min(max(log(1 - distance / 2.3) + 1, 0), 1))
        for channel in 0..<size.channels { self[channel, y, x] = min(self[channel, y, x] + light, 1) }
      }
    }
  }
}
