import Certification
import Compute
import Hyperparameters
import Networks
import Testing

/// What must hold between methods' bounds, and what bounds may not depend on.
@Suite(.enabled(if: hasCertificationFixtures()))
struct BoundOrderTests {
  private static let names = ["mlp_relu", "cnn_maxpool", "cnn_concat", "mlp_gelu"]

  private struct Problem {
    let network: BoundedNetwork
    let region: InputRegion
    let functions: OutputFunctions

    init(_ name: String, _ ball: String) throws {
      network = try ReferenceNetwork(named: name).bounded()
      let reference = try ReferenceBounds(named: name)
      region = try reference.region(ball, of: 0)
      functions = OutputFunctions(marginsOf: reference.labels[0], classCount: 10)
    }

    func values(_ method: some BoundMethod, enough: Double = .infinity, threads: Int = 1) throws -> [Double] {
      try method.leastValues(
        of: functions, network: network, region: region, enough: enough, workers: Workers(count: threads))
    }
  }

  @Test(arguments: names, ["Linf_0.03", "L2_0.1"])
  func threadsChangeNoBit(name: String, ball: String) throws {
    let problem = try Problem(name, ball)
    for method in ContainmentTests.methods {
      #expect(
        try problem.values(method.method, threads: 1) == problem.values(method.method, threads: 2),
        "\(name) \(ball) \(method.name)")
    }
  }

  /// Where less is enough a bound may be looser, and bounds above that number are not needed better; those that are not above it are
  /// as good as without the hint.
  @Test(arguments: names) func enoughIsEnough(name: String) throws {
    let problem = try Problem(name, "Linf_0.03")
    for method in ContainmentTests.methods {
      let best = try problem.values(method.method)
      let found = try problem.values(method.method, enough: 0)
      for (found, best) in zip(found, best) where found <= 0 { #expect(best <= found + 1e-9, "\(name) \(method.name)") }
      if method.name == Crown.method.name { #expect(found == best) }
    }
  }

  /// A theorem by construction: with CROWN's bounds of inner neurons, α-CROWN keeps the best of what it meets, CROWN first.
  @Test(arguments: names, ["Linf_0.03", "L2_0.1"])
  func optimizedSlopesAreNoLooser(name: String, ball: String) throws {
    let problem = try Problem(name, ball)
    var alpha = AlphaCrown()
    (alpha.steps, alpha.optimizesLayers) = (5, false)
    for (alpha, crown) in zip(try problem.values(alpha), try problem.values(Crown())) { #expect(alpha >= crown) }
  }

  /// Intervals of a smaller box lie in those of a larger one.
  @Test(arguments: names) func intervalsGrowWithTheBox(name: String) throws {
    let (small, large) = (try Problem(name, "Linf_0.01"), try Problem(name, "Linf_0.03"))
    for (small, large) in zip(try small.values(IntervalPropagation()), try large.values(IntervalPropagation())) {
      #expect(small >= large - 1e-9 * abs(large))
    }
  }

  /// Where no neuron's sign is open, the network is affine on the region: all methods but intervals give its exact least value, and
  /// intervals no more. The rest is rounding.
  @Test(arguments: ["L∞", "L2"]) func linearNetworksAreBoundedExactly(norm: String) throws {
    var network = try Network(inputShape: [6])
    var parameters = Parameters()
    var stream = RandomSource(seed: 3).stream(.check)
    for (name, inputs, outputs) in [("first", 6, 5), ("second", 5, 4), ("third", 4, 3)] {
      try network.append(.dense(Dense(outputs: outputs)), named: name)
      parameters[name, .weight] = Tensor(
        shape: [outputs, inputs], scalars: (0..<outputs * inputs).map { _ in stream.uniform(in: -1...1) })
      // Large biases, so that every neuron is positive.
      parameters[name, .bias] = Tensor(shape: [outputs], repeating: 20)
      if name != "third" { try network.append(.activation(.relu), named: name + " relu") }
    }
    let bounded = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
    let center = [Double](repeating: 0.25, count: 6)
    let region =
      norm == "L2"
      ? InputRegion(ball: InputRegion.Ball(norm: .l2, radius: 0.5, center: center))
      : InputRegion(lower: center.map { $0 - 0.5 }, upper: center.map { $0 + 0.5 })
    let functions = OutputFunctions(outputsAndNegatives: 3)
    let exact = try Crown().leastValues(of: functions, network: bounded, region: region)
    for (name, method) in ContainmentTests.methods {
      let found = try method.leastValues(of: functions, network: bounded, region: region)
      for (found, exact) in zip(found, exact) {
        if name == IntervalPropagation.method.name {
          #expect(found <= exact + 1e-9)
        } else {
          #expect(abs(found - exact) < 1e-9, "\(name): \(found), not \(exact)")
        }
      }
    }
  }
}
