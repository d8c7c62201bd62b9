import Networks

/// What random directions tell of the decision boundary: the sum of those that are adversarial, less the others.
struct DecisionSlope {
  /// For each example the sum of its directions times ±1.
  private var signed: [[Double]]
  /// For each example the sum of its directions.
  private var plain: [[Double]]
  /// For each example the sum of ±1.
  private var balance: [Double]
  /// The number of directions.
  private var count = 0

  fileprivate init(examples: Int, size: Int) {
    signed = Array(repeating: Array(repeating: 0, count: size), count: examples)
    plain = signed
    balance = Array(repeating: 0, count: examples)
  }

  fileprivate mutating func enter(_ directions: Tensor<Float>, areAdversarial: [Bool]) {
    let (examples, size) = (signed.count, directions.exampleSize)
    directions.withUnsafeScalars { scalars in
      for (position, isAdversarial) in areAdversarial.enumerated() {
        let row = position % examples
        let sign = isAdversarial ? 1.0 : -1.0
        balance[row] += sign
        for index in 0..<size {
          let value = Double(scalars[position * size + index])
          signed[row][index] += sign * value
          plain[row][index] += value
        }
      }
    }
    count += areAdversarial.count / Swift.max(examples, 1)
  }

  /// The mean of the directions times ±1.
  var mean: [[Double]] { signed.map { sums in sums.map { $0 / Double(Swift.max(count, 1)) } } }

  /// The same with the mean of ±1 subtracted from them, by which it varies less, unless all are alike.
  var centred: [[Double]] {
    let number = Double(Swift.max(count, 1))
    return signed.indices.map { row in
      let shift = balance[row] / number
      guard abs(shift) < 1 else { return signed[row].map { $0 / number } }
      return zip(signed[row], plain[row]).map { ($0 - shift * $1) / number }
    }
  }
}

extension DecisionSearch {
  /// The number of points in one pass of the model, about; results do not depend on it.
  private static let pointsPerPass = 512

  /// Asks about random points of every example at work.
  ///
  /// - Parameters:
  ///   - draws: The number of points for each.
  ///   - step: The number of the step, for random numbers of its own.
  ///   - place: Draws the direction and the point of an example.
  /// - Returns: What they tell.
  /// - Throws: What the model throws.
  mutating func slope(
    draws: Int, step: Int,
    place: (
      _ example: Int, _ stream: inout RandomStream, _ direction: UnsafeMutableBufferPointer<Float>,
      _ point: UnsafeMutableBufferPointer<Float>
    ) -> Void
  ) throws -> DecisionSlope {
    let task = task
    let size = task.images.exampleSize
    var slope = DecisionSlope(examples: task.count, size: size)
    var first = 0
    while first < draws {
      let drawn = Swift.min(draws - first, Swift.max(1, DecisionSearch.pointsPerPass / task.count))
      var points = Tensor<Float>(shape: task.images.shape.example.batched(drawn * task.count))
      var directions = points
      directions.forEachExample { position, direction in
        let (draw, example) = position.quotientAndRemainder(dividingBy: task.count)
        var stream = task.random.stream(.search, example: task.ids[example], step: step, lane: first + draw)
        points.withUnsafeMutableScalars { points in
          let range = position * size..<(position + 1) * size
          place(example, &stream, direction, UnsafeMutableBufferPointer(rebasing: points[range]))
        }
      }
      let examples = (0..<drawn * task.count).map { $0 % task.count }
      slope.enter(directions, areAdversarial: try probe(points, of: examples))
      first += drawn
    }
    return slope
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Divides by the Euclidean length; zeros stay.
  func normalize() {
    let size = length(self)
    guard size > 0, size.isFinite else { return }
    for index in indices { self[index] = Float(Double(self[index]) / size) }
  }
}

extension ClosedRange<Float> {
  /// The value of the range nearest to a number, rounded to single precision.
  func nearest(to value: Double) -> Float {
    Swift.min(Swift.max(Float(value), lowerBound), upperBound)
  }
}
