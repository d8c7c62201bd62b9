import Networks

/// How an ascent makes its steps, and when their size changes. It keeps what it needs for every example at work.
protocol AscentRule {
  /// The size of the next step of each example.
  var stepSizes: [Float] { get }

  /// The start has been looked at.
  mutating func begin(_ ascent: Ascent)

  /// The points after the next step, within ball and box.
  mutating func moved(_ ascent: Ascent, isFirst: Bool) -> Tensor<Float>

  /// The points of a step have been looked at; those of the examples at `rows` are the best so far.
  mutating func improved(_ rows: [Int], _ ascent: Ascent)

  /// Adapts the sizes after a step.
  ///
  /// - Returns: The examples that go back to the best point they have seen.
  mutating func stalled(_ ascent: Ascent) -> [Int]

  /// The examples at `rows` are back there.
  mutating func restarted(_ rows: [Int])

  /// Only the examples at `open` are still at work.
  mutating func keep(_ open: [Int])
}

extension AscentRule {
  mutating func begin(_ ascent: Ascent) {}
  mutating func improved(_ rows: [Int], _ ascent: Ascent) {}
  mutating func restarted(_ rows: [Int]) {}
}
