import Glibc
import Networks

/// The gradient that the bandit attack has learnt for each example: one entry for each tile.
struct GradientPrior {
  let tiles: Tiles
  let rate: Double
  let exploration: Double
  let delta: Double
  /// Whether an entry v stays within (−1, 1); what is held is then atanh v.
  let isBounded: Bool
  private var held: [Double]

  /// Zero everywhere.
  init(count: Int, tiles: Tiles, rate: Double, exploration: Double, delta: Double, isBounded: Bool) {
    self.tiles = tiles
    self.rate = rate
    self.exploration = exploration
    self.delta = delta
    self.isBounded = isBounded
    held = Array(repeating: 0, count: count * tiles.count)
  }

  /// Those of some of the examples.
  func gathering(_ rows: [Int]) -> GradientPrior {
    var result = self
    result.held = rows.flatMap { held[$0 * tiles.count..<($0 + 1) * tiles.count] }
    return result
  }

  private func value(_ entry: Int) -> Double { isBounded ? tanh(held[entry]) : held[entry] }

  /// By how much the gradients that are tried differ from the one that is held.
  func noise(for task: AttackTask, step: Int) -> [Double] {
    let scale = exploration / Double(max(tiles.count, 1)).squareRoot()
    return task.ids.flatMap { id in
      var stream = task.random.stream(.search, example: id, step: step)
      return (0..<tiles.count).map { _ in scale * Double(stream.normal()) }
    }
  }

  /// For each example the points at the distance along the gradient with the noise, and with its opposite.
  func pairs(around points: Tensor<Float>, _ noise: [Double]) -> Tensor<Float> {
    let size = points.exampleSize
    var pairs = Tensor<Float>(shape: points.shape.example.batched(2 * points.exampleCount))
    pairs.withUnsafeMutableScalars { pairs in
      points.withUnsafeScalars { points in
        for row in 0..<2 * points.count / max(size, 1) {
          let (example, sign) = (row / 2, row % 2 == 0 ? 1.0 : -1.0)
          let entries = (0..<tiles.count).map { tile in
            value(example * tiles.count + tile) + sign * noise[example * tiles.count + tile]
          }
          let length = tiles.tileOfScalar.reduce(0) { $0 + entries[$1] * entries[$1] }.squareRoot()
          let factor = length > 0 ? delta / length : 0
          for index in 0..<size {
            let change = factor * entries[tiles.tileOfScalar[index]]
            pairs[row * size + index] = Float(Double(points[example * size + index]) + change)
          }
        }
      }
    }
    return pairs
  }

  /// Learns from the losses of the pairs; those that are not finite tell nothing.
  mutating func learn(_ losses: [Float], _ noise: [Double]) {
    for example in 0..<losses.count / 2 {
      let slope = (Double(losses[2 * example]) - Double(losses[2 * example + 1])) / (delta * exploration)
      guard slope.isFinite else { continue }
      for entry in example * tiles.count..<(example + 1) * tiles.count { held[entry] += rate * slope * noise[entry] }
    }
  }

  /// The gradient for every scalar.
  func gradient(shape: Shape) -> Tensor<Float> {
    var gradient = Tensor<Float>(shape: shape)
    gradient.withUnsafeMutableScalars { gradient in
      let size = tiles.tileOfScalar.count
      for example in 0..<gradient.count / max(size, 1) {
        let entries = (0..<tiles.count).map { Float(value(example * tiles.count + $0)) }
        for index in 0..<size { gradient[example * size + index] = entries[tiles.tileOfScalar[index]] }
      }
    }
    return gradient
  }
}
