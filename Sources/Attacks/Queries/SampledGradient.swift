package import Networks

/// The gradient of a loss, estimated from pairs of points on either side along random directions:
///
///     g = 1/n Σ (L(x + σu) − L(x − σu)) / 2σ · u
///
/// Each pair takes two queries. The points may lie outside of the box by as much as σu, as in the authors' code: clipped
/// ones would halve the slopes of black and white pixels. A pair with a loss that is not finite tells nothing.
package struct SampledGradient {
  /// How a direction is drawn.
  package enum Direction: Sendable {
    /// Each scalar −1 or 1.
    case signs
    /// Each scalar standard normal.
    case normal
  }

  let direction: Direction
  /// n, the number of pairs.
  let samples: Int
  /// σ.
  let distance: Float
  let loss: Loss

  /// Creates an estimator.
  package init(direction: Direction, samples: Int, distance: Float, loss: Loss) {
    (self.direction, self.samples, self.distance, self.loss) = (direction, samples, distance, loss)
  }

  /// The queries of an estimate.
  var queries: Int { 2 * samples }

  /// The estimate at one point of each example; its directions depend on the number of the step.
  package func estimate(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: QueriedModel
  ) throws -> Tensor<Float> {
    var sums = [Double](repeating: 0, count: points.shape.count)
    let size = points.exampleSize
    let part = task.samplesPerCall(of: samples)
    for first in stride(from: 0, to: samples, by: part) {
      let lanes = first..<min(first + part, samples)
      let directions = self.directions(for: task, size: size, step: step, lanes: lanes)
      let (losses, _) = try task.samples(
        of: pairs(around: points, directions), each: 2 * lanes.count, loss: loss, model: model)
      for pair in 0..<task.count * lanes.count {
        let slope = (Double(losses[2 * pair]) - Double(losses[2 * pair + 1])) / (2 * Double(distance))
        guard slope.isFinite else { continue }
        let start = pair / lanes.count * size
        for index in 0..<size { sums[start + index] += slope * Double(directions[pair * size + index]) }
      }
    }
    let largest = Double(Float.greatestFiniteMagnitude)
    let scalars = sums.map { Float(min(max($0 / Double(samples), -largest), largest)) }
    return Tensor(shape: points.shape, scalars: scalars)
  }

  /// One after the other for each example in turn.
  private func directions(for task: AttackTask, size: Int, step: Int, lanes: Range<Int>) -> [Float] {
    var directions = [Float](repeating: 0, count: task.count * lanes.count * size)
    directions.withUnsafeMutableBufferPointer { directions in
      for (row, id) in task.ids.enumerated() {
        for lane in lanes {
          var stream = task.random.stream(.search, example: id, step: step, lane: lane)
          let start = (row * lanes.count + lane - lanes.lowerBound) * size
          fill(UnsafeMutableBufferPointer(rebasing: directions[start..<start + size]), &stream)
        }
      }
    }
    return directions
  }

  private func fill(_ buffer: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    switch direction {
    case .normal: stream.fillNormal(buffer)
    case .signs:
      // A word holds the signs of 32 scalars.
      var bits: UInt32 = 0
      for index in buffer.indices {
        if index % 32 == 0 { bits = stream.word() }
        buffer[index] = bits & 1 == 0 ? -1 : 1
        bits >>= 1
      }
    }
  }

  private func pairs(around points: Tensor<Float>, _ directions: [Float]) -> Tensor<Float> {
    let size = points.exampleSize
    let count = directions.count / max(size, 1)
    let each = count / max(points.exampleCount, 1)
    var pairs = Tensor<Float>(shape: points.shape.example.batched(2 * count))
    pairs.withUnsafeMutableScalars { pairs in
      points.withUnsafeScalars { points in
        for pair in 0..<count {
          let start = pair / each * size
          for index in 0..<size {
            let change = distance * directions[pair * size + index]
            pairs[2 * pair * size + index] = points[start + index] + change
            pairs[(2 * pair + 1) * size + index] = points[start + index] - change
          }
        }
      }
    }
    return pairs
  }
}
