import Certification
import Networks
import Testing

/// Bounds of inner neurons by branch and bound, against the values that the neurons take on a fine grid of the plane.
@Suite struct InnerSplittingTests {
  private static let widths = [2, 8, 7, 6, 2]
  private static let lower = [-0.5, -0.75]
  private static let upper = [0.6, 0.5]

  /// The grid's values are rounded by some 1e-15 of sums below 10. A neuron that is 0.05 above 0 on the grid is above 0 between its
  /// points, too, which lie within 0.005 of one: a slope of 10 is far more than these layers have.
  @Test func boundsContainEveryValueAndShowSigns() throws {
    let workers = Workers(count: 2)
    let exact = ExactVerification()
    var (decidedBefore, decided, clear) = (0, 0, 0)
    for seed in 0..<12 {
      let network = try Self.network(seed: UInt64(seed))
      let bounded = try network.bounded()
      let region = InputRegion(lower: Self.lower, upper: Self.upper)
      let loose = try NetworkBounds.optimized(of: bounded, over: region, exact.partOptimizer, workers: workers)
      let tight = try loose.split(parts: 512, exact.partOptimizer, .kfsb, workers: workers)
      for (layer, ranges) in Self.ranges(of: network).enumerated() {
        let node = 2 * layer + 1
        for (neuron, range) in ranges.enumerated() {
          let (lower, upper) = (tight.nodes[node].lower[neuron], tight.nodes[node].upper[neuron])
          #expect(lower <= range.lower + 1e-12 && upper >= range.upper - 1e-12, "seed \(seed), layer \(layer)")
          #expect(lower >= loose.nodes[node].lower[neuron] && upper <= loose.nodes[node].upper[neuron])
          guard layer > 0, range.lower > 0.05 || range.upper < -0.05 else { continue }
          clear += 1
          decided += lower > 0 || upper < 0 ? 1 : 0
          decidedBefore += loose.nodes[node].lower[neuron] > 0 || loose.nodes[node].upper[neuron] < 0 ? 1 : 0
        }
      }
    }
    #expect(decided == clear, "\(decided) of \(clear) signs are shown")
    #expect(decidedBefore < clear, "all \(clear) signs are shown without splits")
  }

  /// What has no time keeps its bounds.
  @Test func boundsStayWhereTimeIsUp() throws {
    let network = try Self.network(seed: 3)
    let region = InputRegion(lower: Self.lower, upper: Self.upper)
    let (workers, optimizer) = (Workers(count: 1), ExactVerification().partOptimizer)
    let before = try NetworkBounds.backward(of: try network.bounded(), over: region, workers: workers)
    let after = try before.split(parts: 512, optimizer, .babsr, workers: workers) { true }
    for (old, new) in zip(before.nodes, after.nodes) {
      #expect(new.lower == old.lower && new.upper == old.upper)
    }
  }

  private static func network(seed: UInt64) throws -> HandMadeNetwork {
    var random = RandomSource(seed: seed).stream(.check, example: 0, step: 0)
    func numbers(_ count: Int, _ size: Float) -> [Float] {
      (0..<count).map { _ in (2 * random.uniform() - 1) * size }
    }
    return try HandMadeNetwork(
      zip(widths, widths.dropFirst()).map { inputs, outputs in
        ((0..<outputs).map { _ in numbers(inputs, 1) }, numbers(outputs, 0.5))
      })
  }

  /// The least and largest inputs of each ReLU on the grid, layer by layer.
  private static func ranges(of network: HandMadeNetwork) -> [[(lower: Double, upper: Double)]] {
    var ranges = widths.dropFirst().dropLast().map { count in
      [(lower: Double, upper: Double)](repeating: (.infinity, -.infinity), count: count)
    }
    let steps = 200
    for row in 0...steps {
      for column in 0...steps {
        var values = zip(zip(lower, upper), [row, column]).map { ends, step in
          ends.0 + (ends.1 - ends.0) * Double(step) / Double(steps)
        }
        for (index, layer) in network.layers.dropLast().enumerated() {
          let inputs = zip(layer.weight, layer.bias).map { weights, bias in
            zip(weights, values).reduce(Double(bias)) { $0 + Double($1.0) * $1.1 }
          }
          for (neuron, input) in inputs.enumerated() {
            ranges[index][neuron].lower = min(ranges[index][neuron].lower, input)
            ranges[index][neuron].upper = max(ranges[index][neuron].upper, input)
          }
          values = inputs.map { max($0, 0) }
        }
      }
    }
    return ranges
  }
}
