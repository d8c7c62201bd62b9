import Certification
import Compute
import Networks
import Reference
import Testing

/// Bounds on local Lipschitz constants: exact where the network is linear, and never below a slope that was measured.
struct LocalLipschitzTests {
  /// For one affine layer the constant is the dual norm of the row.
  @Test func linearNetworksHaveTheDualNorm() throws {
    let network = try dense([[3, -4, 0], [1, 1, 1]])
    let region = InputRegion(lower: [-1, -1, -1], upper: [1, 1, 1])
    let expected: [(Norm, [Double])] = [(.linf, [7, 3]), (.l2, [5, 3.0.squareRoot()]), (.l1, [4, 1])]
    for (norm, expected) in expected {
      let found = try LocalLipschitz().constants(
        of: OutputFunctions(coefficients: [[1, 0], [0, 1]]), network: network, region: region, norm: norm)
      for (found, expected) in zip(found, expected) {
        #expect(found >= expected && found < expected * (1 + 1e-11), "\(norm): \(found), not \(expected)")
      }
    }
  }

  /// A linear margin m with gradient w certifies exactly m / ‖w‖ in the dual norm; halving comes within 2⁻²⁰ of it.
  @Test func linearMarginsCertifyTheirDistance() throws {
    let network = try dense([[0, 0], [-3, -4]])
    let image = Tensor<Float>(shape: [2], scalars: [0.5, 0.5])
    // The margin is 3 x + 4 y = 3.5 at the image.
    for (norm, distance) in [(Norm.linf, 0.5), (.l2, 0.7), (.l1, 0.875)] {
      let threat = ThreatModel(norm: norm, radius: 2, bounds: -10...10)
      for method in [LocalLipschitz(), Crown(), Zonotopes()] as [any BoundMethod] {
        let radius = try required(
          try method.certifiedRadius(
            of: image, label: 0, classCount: 2, network: network, threat: threat, steps: 20))
        #expect(Double(radius) < distance && Double(radius) > distance - 1e-5, "\(norm): \(radius)")
      }
    }
  }

  @Test func aWrongLabelHasNoRadius() throws {
    let radius = try LocalLipschitz().certifiedRadius(
      of: Tensor(shape: [2], scalars: [0.5, 0.5]), label: 1, classCount: 2, network: dense([[0, 0], [-3, -4]]),
      threat: ThreatModel(norm: .l2, radius: 1, bounds: -10...10))
    #expect(radius == nil)
  }

  @Test func l0HasNoConstant() throws {
    let network = try dense([[1, 1]])
    #expect(throws: CertificationError.norm(.l0)) {
      try LocalLipschitz().constants(
        of: OutputFunctions(coefficients: [[1]]), network: network, region: InputRegion(lower: [0, 0], upper: [1, 1]),
        norm: .l0)
    }
  }

  /// Difference quotients between random points of a box, near and far, for every network of the catalogue. A quotient of two outputs
  /// that are rounded by some 1e-15 of their size, over at least 1e-4, is off by less than 1e-9 of it.
  @Test func noSlopeIsAboveTheConstant() throws {
    var count = 0
    for (index, (name, network)) in ContainmentTests.networks.enumerated() {
      let (parameters, images) = GradientCheck.point(for: network, exampleCount: 1, seed: UInt64(index))
      let bounded = try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      var stream = RandomSource(seed: 9).stream(.check, example: index)
      let center = images.scalars.map(Double.init)
      let radius = index % 3 == 0 ? 0.05 : 0.5
      let region = InputRegion(lower: center.map { $0 - radius }, upper: center.map { $0 + radius })
      let outputs = network.nodes[network.outputIndex].shape.count
      let functions = OutputFunctions(outputsAndNegatives: outputs)
      let points = (0..<24).map { place -> [Double] in
        let reach = place % 2 == 0 ? radius : 1e-3
        return center.map { $0 + reach * Double(stream.uniform(in: -1...1)) }
      }
      let values = model.logits(
        of: Tensor(shape: network.inputShape.batched(points.count), scalars: Array(points.joined()))
      ).scalars
      for norm in [Norm.linf, .l2, .l1] {
        let constants = try LocalLipschitz().constants(of: functions, network: bounded, region: region, norm: norm)
        for first in points.indices {
          for second in 0..<first {
            let length = distance(points[first], points[second], norm)
            for output in 0..<outputs {
              let change = abs(values[first * outputs + output] - values[second * outputs + output])
              count += 1
              if !(change <= constants[output] * length + 1e-13 * max(1, abs(values[first * outputs + output]))) {
                Issue.record("\(name), \(norm), \(output): \(change) over \(length) above \(constants[output])")
              }
            }
          }
        }
      }
    }
    #expect(count > 100_000)
  }

  /// For one sigmoid neuron the constant is the largest derivative on the interval: half the range's width on top of its middle.
  @Test func oneNeuronHasItsLargestDerivative() throws {
    var network = try Network(inputShape: [1])
    try network.append(.activation(.sigmoid), named: "sigmoid")
    let bounded = try BoundedNetwork(network: network, parameters: Parameters(), kernels: DoubleKernels())
    for (interval, expected) in [((-1.0, 2.0), 0.25), ((1.0, 3.0), 0.19661193324148185)] {
      let found = try LocalLipschitz().constants(
        of: OutputFunctions(coefficients: [[1]]), network: bounded,
        region: InputRegion(lower: [interval.0], upper: [interval.1]), norm: .l2)[0]
      #expect(found >= expected && found < expected * (1 + 1e-9))
    }
  }

  private func distance(_ a: [Double], _ b: [Double], _ norm: Norm) -> Double {
    let changes = zip(a, b).map { abs($0 - $1) }
    switch norm {
    case .linf: return changes.max() ?? 0
    case .l2: return changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
    case .l1, .l0: return changes.reduce(0, +)
    }
  }

  private func dense(_ rows: [[Float]]) throws -> BoundedNetwork {
    var network = try Network(inputShape: [rows[0].count])
    try network.append(.dense(Dense(outputs: rows.count, hasBias: false)), named: "dense")
    var parameters = Parameters()
    parameters["dense", .weight] = Tensor(shape: [rows.count, rows[0].count], scalars: Array(rows.joined()))
    return try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
  }
}
