import Networks

/// Where the candidates of a search by squares come from.
///
/// Moves write to one example of a batch at a time, and take their random numbers from the stream that they are given.
protocol SquareMoves {
  /// Moves for some examples.
  init(_ task: AttackTask, schedule: SquareSchedule)

  /// The same for the examples at `rows` alone.
  mutating func keep(_ rows: [Int])

  /// Writes the starting point of the example at `row`, over its image.
  mutating func begin(_ row: Int, _ point: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream)

  /// Writes the candidate of a turn over a copy of the best point.
  ///
  /// - Returns: Whether it is another point.
  mutating func propose(
    _ row: Int, turn: Int, best: UnsafeBufferPointer<Float>, to candidate: UnsafeMutableBufferPointer<Float>,
    _ stream: inout RandomStream
  ) -> Bool

  /// Makes all points of a batch, fresh from `begin` or `propose`, points of ball and box.
  func confine(_ points: inout Tensor<Float>)

  /// Makes the example at `row` the same in both again, after its candidate was taken or not.
  func copy(
    _ row: Int, from source: UnsafeBufferPointer<Float>, to destination: UnsafeMutableBufferPointer<Float>)
}

/// A number of 0..<`bound`, 0 where there is none.
func offset(below bound: Int, _ stream: inout RandomStream) -> Int { bound > 0 ? stream.integer(below: bound) : 0 }

/// 1 or −1.
func sign(_ stream: inout RandomStream) -> Double { stream.word() & 1 == 0 ? 1 : -1 }
