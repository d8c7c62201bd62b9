import Certification
import Compute
import Networks
import Testing

/// Zonotopes against the same lines taken backward, and against auto_LiRPA.
struct ZonotopesTests {
  /// A theorem: with parallel lines nothing is chosen by sign, so that the affine form of an output is the function that CROWN's pass
  /// with equal slopes arrives at, and the noise is what that pass pays for the place between the lines. Two independent
  /// computations of one number; the rest is what both are moved outward for rounding, which in zonotopes grows from layer to layer as
  /// intervals do (3e-8 in the published network, below 1e-9 in the others).
  @Test(.enabled(if: hasCertificationFixtures()), arguments: ReferenceBoundsTests.piecewiseLinear + ["fgsm"])
  func zonotopesAreBackwardPassesWithEqualSlopes(name: String) throws {
    let (network, reference) = (try ReferenceNetwork(named: name).bounded(), try ReferenceBounds(named: name))
    let functions = OutputFunctions(marginsOf: reference.labels[0], classCount: 10)
    for ball in ["Linf_0.03", "L2_0.1"] {
      let region = try reference.region(ball, of: 0)
      let pass = try ZonotopePass(network, over: region, workers: Workers(count: 2))
      let zonotope = pass.leastValues(of: functions.rows)
      let backward = BackwardPass(pass.bounds).leastValues(of: functions.rows, at: network.network.outputIndex).bounds
      for (zonotope, backward) in zip(zonotope, backward) {
        #expect(abs(zonotope - backward) < (name == "fgsm" ? 1e-7 : 1e-9) * max(1, abs(backward)), "\(name) \(ball)")
      }
    }
  }

  /// The reference takes CROWN's bounds with equal slopes at every layer, which zonotopes are.
  @Test(.enabled(if: hasCertificationFixtures()), arguments: ReferenceBoundsTests.piecewiseLinear)
  func marginsAgreeWithTheReferenceOverTheLinfBall(name: String) throws {
    let (network, reference) = (try ReferenceNetwork(named: name).bounded(), try ReferenceBounds(named: name))
    var method = Zonotopes()
    method.keepsIntervals = false
    for ball in try reference.balls() where ball.hasPrefix("Linf") {
      guard let expected = try reference.values("\(ball)/CROWN-same-slope/margin_lower", of: 0) else { continue }
      let found = try method.leastValues(
        of: OutputFunctions(marginsOf: reference.labels[0], classCount: 10), network: network,
        region: try reference.region(ball, of: 0))
      let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst < 1e-6, "\(name) \(ball): \(worst)")
    }
  }

  /// Smooth activations and maxima: no bound above what an attack found.
  @Test(
    .enabled(if: hasCertificationFixtures()),
    arguments: ["cnn_maxpool", "mlp_sigmoid", "mlp_gelu", "cnn_tanh", "cnn_softplus"])
  func marginsLieBelowAttackedOnes(name: String) throws {
    let (network, reference) = (try ReferenceNetwork(named: name).bounded(), try ReferenceBounds(named: name))
    for ball in ["Linf_0.03", "L2_0.1"] {
      let attacked = try required(try reference.values("\(ball)/margin_attacked", of: 0))
      let found = try Zonotopes().leastValues(
        of: OutputFunctions(marginsOf: reference.labels[0], classCount: 10), network: network,
        region: try reference.region(ball, of: 0))
      for (found, attacked) in zip(found, attacked) { #expect(found <= attacked, "\(name) \(ball)") }
    }
  }

  /// relu(x + y) − relu(x − y) lies in −2...2 on the square: y plus half the noise of each branch, which takes all of that. If both
  /// branches shared one noise, it would cancel and leave −1...1.
  @Test func branchesHaveNoiseOfTheirOwn() throws {
    var network = try Network(inputShape: [2])
    var parameters = Parameters()
    func dense(_ name: String, _ weights: [Float], of input: Int) throws -> Int {
      parameters[name, .weight] = Tensor(shape: [1, weights.count], scalars: weights)
      return try network.append(.dense(Dense(outputs: 1, hasBias: false)), named: name, to: [input])
    }
    let first = try network.append(.activation(.relu), named: "first relu", to: [try dense("first", [1, 1], of: 0)])
    let difference = try dense("second", [1, -1], of: 0)
    let second = try network.append(.activation(.relu), named: "second relu", to: [difference])
    let negative = try dense("negative", [-1], of: second)
    try network.append(.add, named: "sum", to: [first, negative])
    let bounded = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
    let found = try Zonotopes().leastValues(
      of: OutputFunctions(outputsAndNegatives: 1), network: bounded,
      region: InputRegion(lower: [-1, -1], upper: [1, 1]))
    for least in found { #expect(least <= -2 && least > -2 - 1e-9) }
  }
}
