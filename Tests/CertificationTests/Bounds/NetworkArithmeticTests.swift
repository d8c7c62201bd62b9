import Certification
import Compute
import Hyperparameters
import Networks
import Testing

/// Certificates for the network in single precision, against what the engine computes.
@Suite struct NetworkArithmeticTests {
  /// At a point nothing but rounding lies between a bound and the value: that of real arithmetic is above the engine's values for
  /// about half of them, that of single precision for none.
  @Test(arguments: 0..<12) func boundsAreBelowWhatTheEngineComputes(seed: UInt64) throws {
    let (network, parameters, image) = try Self.example(seed: seed)
    let model = try CompiledModel(network: network, parameters: parameters)
    let logits = try model.logits(of: image).scalars.map(Double.init)
    let functions = OutputFunctions(outputsAndNegatives: logits.count)
    let values = logits + logits.map { -$0 }
    let point = image.scalars.map(Double.init)
    let region = InputRegion(lower: point, upper: point)
    for type in BoundCatalog.methods where type.arithmetics.contains(.single) {
      func bounds(_ arithmetic: NetworkArithmetic) throws -> [Double] {
        try type.init().leastValues(
          of: functions,
          network: BoundedNetwork(
            network: network, parameters: parameters, arithmetic: arithmetic, kernels: DoubleKernels()),
          region: region)
      }
      let (real, single) = (try bounds(.real), try bounds(.single))
      #expect(zip(single, values).allSatisfy { $0 <= $1 }, "\(type.method.name), seed \(seed)")
      #expect(zip(real, values).contains { $0 > $1 }, "\(type.method.name), seed \(seed): nothing was rounded")
      // γ of 290 terms is 2e-5 of the sizes of what is summed, below 100 in each of three layers.
      #expect(zip(single, values).allSatisfy { $0 > $1 - 0.1 }, "\(type.method.name), seed \(seed): too loose")
    }
  }

  @Test func methodsWithoutSuchBoundsRefuse() throws {
    let (network, parameters, image) = try Self.example(seed: 0)
    let bounded = try BoundedNetwork(
      network: network, parameters: parameters, arithmetic: .single, kernels: DoubleKernels())
    let point = image.scalars.map(Double.init)
    let region = InputRegion(lower: point, upper: point)
    let functions = OutputFunctions(outputsAndNegatives: 3)
    var refusing = 0
    for type in BoundCatalog.methods where !type.arithmetics.contains(.single) {
      refusing += 1
      #expect(throws: CertificationError.singlePrecision(method: type.method.title)) {
        try type.init().leastValues(of: functions, network: bounded, region: region)
      }
    }
    #expect(refusing == 3)
    #expect(throws: CertificationError.singlePrecision(method: ExactVerification.method.title)) {
      try ExactVerification().verify(functions, network: bounded, region: region, workers: Workers(count: 1))
    }
  }

  /// Convolution, batch normalisation, pooling and dense layers, with weights whose sums cancel.
  private static func example(seed: UInt64) throws -> (Network, Parameters, Tensor<Float>) {
    var random = RandomSource(seed: seed).stream(.check, example: 0, step: 0)
    func numbers(_ shape: Shape, _ range: ClosedRange<Float>) -> Tensor<Float> {
      let width = range.upperBound - range.lowerBound
      return Tensor(
        shape: shape, scalars: (0..<shape.count).map { _ in range.lowerBound + width * random.uniform() })
    }
    var network = try Network(inputShape: [2, 8, 8])
    try network.append(
      .convolution(Convolution(outputChannels: 8, kernel: Extent(3), padding: Edges(1))), named: "conv")
    try network.append(.batchNormalization(BatchNormalization()), named: "norm")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.pooling(Pooling(.average(countsPadding: true), kernel: Extent(2))), named: "pool")
    try network.append(.flatten(.channelsFirst), named: "flat")
    try network.append(.dense(Dense(outputs: 32)), named: "inner")
    try network.append(.activation(.relu), named: "relu2")
    try network.append(.dense(Dense(outputs: 3)), named: "outer")
    var parameters = Parameters()
    parameters["conv", .weight] = numbers([8, 2, 3, 3], -1...1)
    parameters["conv", .bias] = numbers([8], -1...1)
    parameters["norm", .scale] = numbers([8], 0.5...1.5)
    parameters["norm", .shift] = numbers([8], -1...1)
    parameters["norm", .mean] = numbers([8], -1...1)
    parameters["norm", .variance] = numbers([8], 0.5...2)
    parameters["inner", .weight] = numbers([32, 128], -1...1)
    parameters["inner", .bias] = numbers([32], -1...1)
    parameters["outer", .weight] = numbers([3, 32], -1...1)
    parameters["outer", .bias] = numbers([3], -1...1)
    return (network, parameters, numbers([1, 2, 8, 8], 0...1))
  }
}
