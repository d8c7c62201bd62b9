import Networks

/// The moves in L∞: every pixel stands at the lower or the upper end of what it may have.
///
/// The start are vertical stripes, a random end for every column of every channel. A move puts a square to an end that is
/// drawn for every channel: adding ± 2 ε and cutting back to ball and box, as the paper has it, is the same. Where the
/// square stood there anyway nothing has changed, and what the model would say is known.
///
/// As in the authors' code a square never reaches the last row and the last column, unless it fills the image.
struct SquareCorners: SquareMoves {
  private let grid: PixelGrid
  private let schedule: SquareSchedule
  private var lowers: Tensor<Float>
  private var uppers: Tensor<Float>
  /// The square of each example's last move.
  private var squares: [(row: Int, column: Int, side: Int)]

  init(_ task: AttackTask, schedule: SquareSchedule) {
    self.schedule = schedule
    grid = PixelGrid(task.images.shape.example)
    squares = Array(repeating: (0, 0, 0), count: task.count)
    func end(_ step: Float) -> Tensor<Float> {
      var points = task.images
      points.withUnsafeMutableScalars { points in for index in points.indices { points[index] += step } }
      task.threat.project(&points, around: task.images)
      return points
    }
    lowers = end(-2 * task.threat.radius)
    uppers = end(2 * task.threat.radius)
  }

  mutating func keep(_ rows: [Int]) {
    lowers = lowers.gathering(rows)
    uppers = uppers.gathering(rows)
    squares = rows.map { squares[$0] }
  }

  mutating func begin(_ row: Int, _ point: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    let first = row * point.count
    for channel in 0..<grid.channels {
      for column in 0..<grid.columns {
        let ends = stream.word() & 1 == 0 ? uppers : lowers
        ends.withUnsafeScalars { ends in
          for index in stride(
            from: channel * grid.area + column, to: (channel + 1) * grid.area, by: grid.columns
          ) {
            point[index] = ends[first + index]
          }
        }
      }
    }
  }

  mutating func propose(
    _ row: Int, turn: Int, best: UnsafeBufferPointer<Float>, to candidate: UnsafeMutableBufferPointer<Float>,
    _ stream: inout RandomStream
  ) -> Bool {
    let side = min(max(schedule.side(turn, of: grid), 1), grid.longestSide)
    let square = (
      row: offset(below: grid.rows - side, &stream), column: offset(below: grid.columns - side, &stream), side: side
    )
    squares[row] = square
    var isOther = false
    for channel in 0..<grid.channels {
      let ends = stream.word() & 1 == 0 ? uppers : lowers
      ends.withUnsafeScalars { ends in
        for index in square.row..<square.row + side {
          let start = channel * grid.area + index * grid.columns + square.column
          for place in start..<start + side {
            let end = ends[row * best.count + place]
            isOther = isOther || end != best[place]
            candidate[place] = end
          }
        }
      }
    }
    return isOther
  }

  /// They are.
  func confine(_ points: inout Tensor<Float>) {}

  func copy(
    _ row: Int, from source: UnsafeBufferPointer<Float>, to destination: UnsafeMutableBufferPointer<Float>
  ) {
    let square = squares[row]
    for channel in 0..<grid.channels {
      for index in square.row..<square.row + square.side {
        let start = channel * grid.area + index * grid.columns + square.column
        for place in start..<start + square.side { destination[place] = source[place] }
      }
    }
  }
}
