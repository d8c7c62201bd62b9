import Certification
import Compute
import Hyperparameters
import Networks
import Testing

/// Networks and regions at the edge of what there is: right verdicts, and no traps.
struct DegenerateCasesTests {
  private static let box = InputRegion(lower: [0.25, 0.5], upper: [0.5, 1])

  private func verdicts(
    _ network: BoundedNetwork, _ functions: OutputFunctions, over region: InputRegion = box
  ) throws -> [Bool?] {
    try ExactVerification.Splitting.allCases.map { splitting in
      var method = ExactVerification()
      (method.splitting, method.timeout) = (splitting, 2)
      return try method.verify(functions, network: network, region: region, workers: Workers(count: 1)).verdict
        .isCertified
    }
  }

  private func bounds(_ network: BoundedNetwork, _ functions: OutputFunctions) throws -> [Double] {
    try BoundCatalog.methods.map {
      try $0.init().leastValues(of: functions, network: network, region: Self.box)[0]
    }
  }

  private func bounded(_ network: Network) throws -> BoundedNetwork {
    try BoundedNetwork(network: network, parameters: Parameters(), kernels: DoubleKernels())
  }

  private let difference = OutputFunctions(coefficients: [[-1, 1]])

  /// x₂ − x₁ lies between 0 and 0.75.
  @Test func aNetworkWithoutOperationsIsDecided() throws {
    let network = try bounded(try Network(inputShape: [2]))
    for (constant, isCertified) in [(1e-9, true), (-1e-9, false)] {
      let shifted = OutputFunctions(coefficients: [[-1, 1]], constants: [constant])
      #expect(try verdicts(network, shifted) == [isCertified, isCertified, isCertified])
    }
  }

  @Test func outputsThatDependOnNoImageAreDecided() throws {
    for (bias, isCertified) in [(Float(0.5), true), (-0.5, false)] {
      let network = try HandMadeNetwork([([[0, 0]], [bias]), ([[0], [0]], [0, bias])]).bounded()
      #expect(try verdicts(network, difference) == [isCertified, isCertified, isCertified])
    }
  }

  /// Relaxations that are numbers alone: nothing is left of the image when a pass reaches it.
  @Test(arguments: [Networks.Operation.softmax, .logSoftmax]) func passesThatEndBeforeTheImageAreBounds(
    operation: Networks.Operation
  ) throws {
    var network = try Network(inputShape: [2])
    try network.append(operation, named: "last")
    // The second logit is the larger one, by 0.75 at most.
    for bound in try bounds(try bounded(network), OutputFunctions(coefficients: [[-1, 1]], constants: [0.5])) {
      #expect(bound > -2 && bound <= 0.5)
    }
    let raised = OutputFunctions(coefficients: [[-1, 1]], constants: [0.5])
    #expect(try verdicts(try bounded(network), raised).allSatisfy { $0 != false })
  }

  /// relu(x) + relu(x) − 2 x, with both decided by one sign.
  @Test func aNodeThatIsReadTwiceIsDecided() throws {
    var network = try Network(inputShape: [2])
    let rectified = try network.append(.activation(.relu), named: "relu")
    try network.append(.add, named: "twice", to: [rectified, rectified])
    let region = InputRegion(lower: [-1, -1], upper: [1, 1])
    for (constant, isCertified) in [(4 + 1e-6, true), (4 - 1e-6, false)] {
      let functions = OutputFunctions(coefficients: [[-1, -1]], constants: [constant])
      #expect(
        try verdicts(try bounded(network), functions, over: region) == [isCertified, isCertified, isCertified])
    }
  }

  /// |x₁| + |x₂| ≤ 0 at 0 alone, where all neurons have their kink.
  @Test func aLeastValueAtAKinkIsDecided() throws {
    let network = try HandMadeNetwork([
      ([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]), ([[1, 1, 1, 1]], [0]),
    ]).bounded()
    let region = InputRegion(lower: [-1, -1], upper: [1, 1])
    for (constant, isCertified) in [(1e-7, true), (-1e-7, false)] {
      let functions = OutputFunctions(coefficients: [[1]], constants: [constant])
      #expect(try verdicts(network, functions, over: region) == [isCertified, isCertified, isCertified])
    }
  }

  @Test func hugeWeightsAreDecidedOrLeftOpen() throws {
    let network = try HandMadeNetwork([([[1e30, -1e30]], [0]), ([[1e30]], [1]), ([[1e30]], [1])]).bounded()
    // 10³⁰ is the least value, where x₁ ≤ x₂, as everywhere in the box.
    let functions = OutputFunctions(coefficients: [[1]])
    #expect(try verdicts(network, functions).allSatisfy { $0 != false })
    #expect(try bounds(network, functions).allSatisfy { $0 <= 1.0001e30 })
  }

  @Test func aSinglePointIsDecided() throws {
    let network = try HandMadeNetwork([([[1, -1]], [0.5]), ([[1]], [-0.25])]).bounded()
    let point = InputRegion(lower: [0.5, 0.5], upper: [0.5, 0.5])
    #expect(try verdicts(network, OutputFunctions(coefficients: [[1]]), over: point) == [true, true, true])
    #expect(try verdicts(network, OutputFunctions(coefficients: [[-1]]), over: point) == [false, false, false])
  }
}
