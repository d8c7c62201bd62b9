import Certification
import Compute
import Networks
import TestSupport
import Testing

/// Properties of the network y₀ = |x₀ − x₁|, y₁ = ½, y₂ = x₀, all of whose numbers are exact.
@Suite struct PropertyVerificationTests {
  private let network: BoundedNetwork
  private let model: CompiledModel

  init() throws {
    let network = try Network.chain(
      .dense(Dense(outputs: 3)), .activation(.relu), .dense(Dense(outputs: 3)), from: [2])
    var parameters = Parameters()
    parameters["dense1", .weight] = Tensor(shape: [3, 2], scalars: [1, -1, -1, 1, 1, 0])
    parameters["dense1", .bias] = Tensor(shape: [3], scalars: [0, 0, 0])
    parameters["dense3", .weight] = Tensor(shape: [3, 3], scalars: [1, 1, 0, 0, 0, 0, 0, 0, 1])
    parameters["dense3", .bias] = Tensor(shape: [3], scalars: [0, 0.5, 0])
    self.network = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
    model = try CompiledModel(network: network, parameters: parameters)
  }

  private static let unit = InputBox(lower: [0, 0], upper: [1, 1])

  private func verdict(
    _ cases: [UnsafeCase], inputs: Int = 2, outputs: Int = 3, seconds: Double = 20,
    change: (inout PropertyVerification) -> Void = { _ in }
  ) throws -> PropertyVerdict {
    var verification = PropertyVerification()
    change(&verification)
    return try verification.verify(
      VerificationProperty(inputCount: inputs, outputCount: outputs, cases: cases), network: network, model: model,
      until: .now + .seconds(seconds))
  }

  private func name(_ verdict: PropertyVerdict) -> String {
    switch verdict {
    case .sat: "sat"
    case .unsat: "unsat"
    case .timeout: "timeout"
    case .unknown: "unknown"
    }
  }

  /// y₀ ≥ least.
  private func exceeding(_ least: Double, in box: InputBox = unit, isStrict: Bool = false) -> UnsafeCase {
    UnsafeCase(
      box: box,
      constraints: [
        HalfSpace(coefficients: [-1, 0, 0], bound: -least, innerBound: isStrict ? (-least).nextDown : -least)
      ])
  }

  @Test func whatCannotBeReachedIsExcluded() throws {
    #expect(try name(verdict([exceeding(1.01)])) == "unsat")
    #expect(try name(verdict([exceeding(0.51, in: InputBox(lower: [0, 0], upper: [0.5, 0.5]))])) == "unsat")
    #expect(try name(verdict([exceeding(1.01), exceeding(2), exceeding(1.5)])) == "unsat")
  }

  /// The value is exceeded in two corners alone.
  @Test func aCornerIsFound() throws {
    guard case .sat(let input, let outputs) = try verdict([exceeding(2), exceeding(0.999)]) else {
      Issue.record("not sat")
      return
    }
    #expect(abs(input[0] - input[1]) >= 0.999 && outputs == [abs(input[0] - input[1]), 0.5, input[0]])
  }

  /// The constraint on y₂ holds everywhere and has the best bound; splitting x₀ alone, on which it depends, would decide
  /// nothing.
  @Test func aConstraintThatAlwaysHoldsDoesNotHideOthers() throws {
    let always = HalfSpace(coefficients: [0, 0, 1e-6], bound: 1.5e-6)
    let low = HalfSpace(coefficients: [1, 0, 0], bound: 0.05)
    let high = HalfSpace(coefficients: [-1, 0, 0], bound: -0.9)
    #expect(try name(verdict([UnsafeCase(box: Self.unit, constraints: [always, low, high])])) == "unsat")
  }

  /// Without the attack, branch and bound finds one too.
  @Test func branchAndBoundFindsInputsByItself() throws {
    let query = OutputFunctions(coefficients: [[-1, 0, 0]], constants: [0.9])
    let region = InputRegion(lower: [0, 0], upper: [1, 1])
    var method = ExactVerification()
    for splitting in ExactVerification.Splitting.allCases {
      method.splitting = splitting
      let (verdict, _) = try method.verify(query, network: network, region: region, workers: Workers(count: 1))
      guard case .falsified(let input) = verdict else {
        Issue.record("\(splitting): \(verdict)")
        continue
      }
      #expect(abs(input[0] - input[1]) >= 0.9, "\(input)")
    }
  }

  /// A decimal end that is no Float: a search over the rounded box finds its corner, which lies outside the real one.
  @Test func inputsAreMovedIntoTheRealBox() throws {
    var box = Self.unit
    let end = Float(0.9)
    box.reduceUpper(of: 0, to: Double(end), inner: Double(end).nextDown)
    #expect(network.unsafeInput(nearest: [end, 0], in: exceeding(0.8, in: box)) == [end.nextDown, 0])
    #expect(network.unsafeInput(nearest: [end, 0], in: exceeding(Double(end), in: box)) == nil)
  }

  /// The largest value is reached, and not exceeded: a proof would need bounds without rounding, and there is no
  /// counterexample.
  @Test func neitherAnswerIsGivenWhereBothWouldBeWrong() throws {
    let found = try name(verdict([exceeding(1, isStrict: true)], seconds: 1))
    #expect(["timeout", "unknown"].contains(found), "\(found)")
  }

  /// Each constraint can be fulfilled, both cannot.
  @Test func constraintsOfACaseHoldTogether() throws {
    let low = HalfSpace(coefficients: [1, 0, 0], bound: 0.05)
    let high = HalfSpace(coefficients: [-1, 0, 0], bound: -0.9)
    #expect(try name(verdict([UnsafeCase(box: Self.unit, constraints: [low, high])])) == "unsat")
    #expect(try name(verdict([UnsafeCase(box: Self.unit, constraints: [low])])) == "sat")
    #expect(try name(verdict([UnsafeCase(box: Self.unit, constraints: [high])])) == "sat")
  }

  @Test func casesWithoutConstraintsOrInputs() throws {
    #expect(try name(verdict([])) == "unsat")
    #expect(try name(verdict([UnsafeCase(box: InputBox(lower: [1, 0], upper: [0, 1]), constraints: [])])) == "unsat")
    guard case .sat(let input, _) = try verdict([UnsafeCase(box: Self.unit, constraints: [])]) else {
      Issue.record("every input is unsafe")
      return
    }
    #expect(Self.unit.contains(input.map(Double.init)))
    // No Float lies in the box, so that there is no input to show.
    let between = Double(Float(0.3)) + 1e-12
    let thin = InputBox(lower: [between, 0], upper: [between, 1])
    #expect(try name(verdict([UnsafeCase(box: thin, constraints: [])])) != "sat")
  }

  @Test func anotherNetworkOrBoundlessInputsAreRefused() throws {
    #expect(throws: CertificationError.self) { try verdict([], inputs: 3) }
    #expect(throws: CertificationError.self) { try verdict([], outputs: 4) }
    #expect(throws: CertificationError.self) {
      try verdict([exceeding(1, in: InputBox(unboundedOf: 2))])
    }
  }

  @Test func aRunThatIsStoppedSaysNothing() throws {
    let found = try verdict([exceeding(1.01)]) { $0.isCancelled = { true } }
    #expect(name(found) == "unknown")
    #expect(try name(verdict([exceeding(1, isStrict: true)], seconds: -1)) == "timeout")
  }
}
