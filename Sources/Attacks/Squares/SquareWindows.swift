import Networks

/// The moves in L2 and L1: the change of one window goes to another one.
///
/// The start are patterns on a grid of five by five windows, with a random sign for every channel. A move takes two
/// windows: the second one's change is undone, and what that frees, with what is left of the radius, goes to the first,
/// in the direction of its change so far plus a pattern of random sign. Then the whole is brought to the radius: by
/// scaling and cutting in L2, by the exact projection in L1.
///
/// What the authors' code says for square images of five rows and more holds for all of them here: windows of the grid
/// have one pixel at least, and end at the edge of the image.
struct SquareWindows: SquareMoves {
  private let grid: PixelGrid
  private let schedule: SquareSchedule
  private let threat: ThreatModel
  private var images: Tensor<Float>
  private var patterns: [Int: WindowPattern] = [:]
  /// The change of one example, and that of one window of a channel.
  private var change: [Double]
  private var window: [Double]

  /// Keeps a length from being zero where it divides.
  private static let guardLength = 1e-12

  /// A window of an example.
  private struct Window {
    let row: Int
    let column: Int
    let side: Int

    func contains(_ row: Int, _ column: Int) -> Bool {
      (self.row..<self.row + side).contains(row) && (self.column..<self.column + side).contains(column)
    }
  }

  init(_ task: AttackTask, schedule: SquareSchedule) {
    self.schedule = schedule
    (threat, images) = (task.threat, task.images)
    grid = PixelGrid(task.images.shape.example)
    change = Array(repeating: 0, count: task.images.exampleSize)
    window = Array(repeating: 0, count: grid.longestSide * grid.longestSide)
  }

  mutating func keep(_ rows: [Int]) { images = images.gathering(rows) }

  func confine(_ points: inout Tensor<Float>) { threat.project(&points, around: images) }

  func copy(
    _ row: Int, from source: UnsafeBufferPointer<Float>, to destination: UnsafeMutableBufferPointer<Float>
  ) {
    _ = destination.update(fromContentsOf: source)
  }

  mutating func begin(_ row: Int, _ point: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    let side = max(grid.rows / 5, 1)
    let first = max(grid.rows - side * 5, 0) / 2
    let pattern = pattern(side)
    for index in change.indices { change[index] = 0 }
    for down in 0..<grid.rows / side {
      for across in 0..<grid.columns / side {
        add(pattern, atRow: first + down * side, column: first + across * side, &stream)
      }
    }
    write(row, to: point)
  }

  /// Adds a pattern to every channel, with a sign of its own, as far as it lies in the image.
  private mutating func add(
    _ pattern: WindowPattern, atRow top: Int, column left: Int, _ stream: inout RandomStream
  ) {
    let isTurned = stream.word() & 1 == 0
    for channel in 0..<grid.channels {
      let sign = sign(&stream)
      for row in top..<max(top, min(top + pattern.side, grid.rows)) {
        for column in left..<max(left, min(left + pattern.side, grid.columns)) {
          change[channel * grid.area + row * grid.columns + column] +=
            sign * pattern.value(row - top, column - left, isTurned: isTurned)
        }
      }
    }
  }

  mutating func propose(
    _ row: Int, turn: Int, best: UnsafeBufferPointer<Float>, to candidate: UnsafeMutableBufferPointer<Float>,
    _ stream: inout RandomStream
  ) -> Bool {
    let odd = max(schedule.side(turn, of: grid), 3) | 1
    let side = min(odd, grid.longestSide)
    let target = window(side, &stream)
    let source = window(side, &stream)
    readChange(row, best)
    let left = max(budget(threat.radius) - size(change), 0)
    let pattern = pattern(side)
    let isTurned = stream.word() & 1 == 0
    for channel in 0..<grid.channels {
      let freed = sizeOfUnion(target, source, channel: channel)
      redirect(target, channel: channel, pattern, isTurned: isTurned, sign: sign(&stream))
      let share = left / Double(grid.channels) + freed
      // In L1 the authors' code gives every channel what all of them may have; the projection takes it back.
      let length = threat.norm == .l2 ? share.squareRoot() : share * Double(grid.channels)
      move(to: target, from: source, channel: channel, length: length)
    }
    write(row, to: candidate)
    return true
  }

  private mutating func pattern(_ side: Int) -> WindowPattern {
    if let known = patterns[side] { return known }
    let pattern = WindowPattern(side: side, norm: threat.norm)
    patterns[side] = pattern
    return pattern
  }

  private func window(_ side: Int, _ stream: inout RandomStream) -> Window {
    let row = offset(below: grid.rows - side, &stream)
    return Window(row: row, column: offset(below: grid.columns - side, &stream), side: side)
  }

  private mutating func readChange(_ row: Int, _ best: UnsafeBufferPointer<Float>) {
    images.withUnsafeScalars { images in
      change.withUnsafeMutableBufferPointer { change in
        for index in change.indices { change[index] = Double(best[index]) - Double(images[row * best.count + index]) }
      }
    }
  }
}

/// Sizes are sums of squares in L2, and of absolute values in L1.
extension SquareWindows {
  @inline(__always)
  private func part(_ value: Double) -> Double { threat.norm == .l2 ? value * value : abs(value) }

  private func budget(_ radius: Float) -> Double { part(Double(radius)) }

  private func size(_ values: [Double]) -> Double {
    values.withUnsafeBufferPointer { values in
      var sum = 0.0
      for value in values { sum += part(value) }
      return sum
    }
  }

  private func length(_ size: Double) -> Double { threat.norm == .l2 ? size.squareRoot() : size }

  private func sizeOfUnion(_ first: Window, _ second: Window, channel: Int) -> Double {
    size(first, channel: channel) { _, _ in true } + size(second, channel: channel) { !first.contains($0, $1) }
  }

  private func size(_ window: Window, channel: Int, where counts: (_ row: Int, _ column: Int) -> Bool) -> Double {
    change.withUnsafeBufferPointer { change in
      var sum = 0.0
      for row in window.row..<window.row + window.side {
        let start = channel * grid.area + row * grid.columns
        for column in window.column..<window.column + window.side where counts(row, column) {
          sum += part(change[start + column])
        }
      }
      return sum
    }
  }

  /// The new direction of the first window: its own, and the pattern.
  private mutating func redirect(
    _ target: Window, channel: Int, _ pattern: WindowPattern, isTurned: Bool, sign: Double
  ) {
    var old = 0.0
    for row in 0..<target.side {
      let start = channel * grid.area + (target.row + row) * grid.columns + target.column
      for column in 0..<target.side { old += part(change[start + column]) }
    }
    let scale = 1 / (Self.guardLength + length(old))
    for row in 0..<target.side {
      let start = channel * grid.area + (target.row + row) * grid.columns + target.column
      for column in 0..<target.side {
        window[row * target.side + column] =
          sign * pattern.value(row, column, isTurned: isTurned) + scale * change[start + column]
      }
    }
  }

  /// Clears the second window, and writes the first at its new length.
  private mutating func move(to target: Window, from source: Window, channel: Int, length wanted: Double) {
    let count = target.side * target.side
    var own = 0.0
    for index in 0..<count { own += part(window[index]) }
    let scale = wanted / (Self.guardLength + length(own))
    for row in source.row..<source.row + source.side {
      let start = channel * grid.area + row * grid.columns
      for column in source.column..<source.column + source.side { change[start + column] = 0 }
    }
    for row in 0..<target.side {
      let start = channel * grid.area + (target.row + row) * grid.columns + target.column
      for column in 0..<target.side { change[start + column] = scale * window[row * target.side + column] }
    }
  }

  /// The image and its change, in L2 scaled to the radius and cut to the box.
  private func write(_ row: Int, to point: UnsafeMutableBufferPointer<Float>) {
    let scale = threat.norm == .l2 ? Double(threat.radius) / (Self.guardLength + length(size(change))) : 1
    images.withUnsafeScalars { images in
      change.withUnsafeBufferPointer { change in
        for index in point.indices {
          point[index] = Float(Double(images[row * point.count + index]) + scale * change[index])
        }
      }
    }
  }
}
