import Certification
import Compute
import Networks
import Reference
import TestSupport
import Testing

@Suite struct IntervalNetworkTests {
  @Test func everyCaseIsBuilt() { #expect(IntervalCase.all.count == 6) }

  /// The graph of bounds against matrices and absolute values. Sums in another order differ by some units in the last
  /// place of numbers near 1, far below 1e-12.
  @Test(arguments: IntervalCase.all, [0.0, 0.03, 0.3]) func marginsAreThoseOfIntervals(
    item: IntervalCase, radius: Double
  ) throws {
    let (images, parameters) = (item.images(3), try item.parameters())
    let outputs = try item.outputs(images, parameters, radius: radius)
    let plain = PlainIntervals(network: item.network, parameters: parameters)
    for row in 0..<3 {
      let expected = try plain.margins(around: images.examples(row..<row + 1).scalars, radius: radius)
      let difference = largestDifference(try item.margins(outputs, row: row), expected)
      #expect(difference < 1e-12, "row \(row): \(difference)")
    }
    let clean = try ReferenceModel(network: item.network, parameters: parameters).logits(of: images)
    let classes = try item.network.classCount()
    for row in 0..<3 {
      #expect(
        Array(outputs.examples(row..<row + 1).scalars.prefix(classes)) == clean.examples(row..<row + 1).scalars)
    }
  }

  /// No point of the box has a smaller margin: 1000 points inside, and 1000 corners. The allowance is for rounding alone.
  @Test(arguments: IntervalCase.all) func noPointOfTheBoxIsBelowTheBound(item: IntervalCase) throws {
    let (images, parameters) = (item.images(1), try item.parameters())
    let (radius, count, classes) = (0.08, 2000, try item.network.classCount())
    let margins = try item.margins(item.outputs(images, parameters, radius: radius), row: 0)
    var stream = RandomSource(seed: 17).stream(.initialization)
    let points = (0..<count * images.scalars.count).map { place in
      let pixel = images.scalars[place % images.scalars.count]
      let (low, high) = (max(pixel - radius, 0), min(pixel + radius, 1))
      let share = Double(stream.uniform())
      return place % 2 == 0 ? (share < 0.5 ? low : high) : low + share * (high - low)
    }
    let logits = try ReferenceModel(network: item.network, parameters: parameters)
      .logits(of: Tensor(shape: item.network.inputShape.batched(count), scalars: points)).scalars
    var smallest = Array(repeating: Double.infinity, count: classes * classes)
    for row in 0..<count {
      for pair in smallest.indices {
        let margin = logits[row * classes + pair / classes] - logits[row * classes + pair % classes]
        smallest[pair] = min(smallest[pair], margin)
      }
    }
    for pair in smallest.indices { #expect(smallest[pair] >= margins[pair] - 1e-12) }
  }

  @Test(arguments: IntervalCase.all) func withoutARadiusMarginsAreThoseOfTheLogits(item: IntervalCase) throws {
    let (images, classes) = (item.images(2), try item.network.classCount())
    let outputs = try item.outputs(images, item.parameters(), radius: 0)
    for row in 0..<2 {
      let logits = Array(outputs.examples(row..<row + 1).scalars.prefix(classes))
      let expected = logits.flatMap { first in logits.map { first - $0 } }
      #expect(largestDifference(try item.margins(outputs, row: row), expected) < 1e-12)
    }
  }

  /// A radius beyond the range of pixels is cut: the box is then that of all images.
  @Test(arguments: IntervalCase.all) func theBoxEndsWithThePixels(item: IntervalCase) throws {
    let outputs = try item.outputs(item.images(2), item.parameters(), radius: 3)
    #expect(try largestDifference(item.margins(outputs, row: 0), item.margins(outputs, row: 1)) < 1e-12)
  }

  /// The last layer is merged with the differences: bounds of the difference layer, not differences of bounds, which are
  /// smaller here.
  @Test func theLastLayerIsMergedWithTheDifferences() throws {
    let network = try Network.chain(.dense(Dense(outputs: 2)), from: [2])
    let parameters = ParameterSet<Double>([
      ParameterKey("dense1", .weight): Tensor(shape: [2, 2], scalars: [3, 1, 2, -1]),
      ParameterKey("dense1", .bias): Tensor(shape: [2], scalars: [0.5, 0.25]),
    ])
    let item = IntervalCase(testDescription: "one layer", network: network)
    let outputs = try item.outputs(Tensor(shape: [1, 2], scalars: [0.5, 0.5]), parameters, radius: 0.125)
    // (3 − 2) 0.5 + (1 + 1) 0.5 − 0.125 (1 + 2) + 0.25; differences of bounds would give 1.75 − 0.125 (4 + 3).
    #expect(try item.margins(outputs, row: 0) == [0, 1.375, -2.125, 0])
  }

  /// Derived weights, their derivatives, and the graph together, by central differences of a random linear function of
  /// the outputs: its error is that of double precision over the step, and of the third derivative.
  @Test(arguments: IntervalCase.all) func gradientsAreThoseOfTheClassifiersParameters(item: IntervalCase) throws {
    let (images, parameters, radius) = (item.images(2), try item.parameters(), 0.05)
    let intervals = try IntervalNetwork(of: item.network)
    var stream = RandomSource(seed: 23).stream(.initialization)
    let shape = intervals.network.outputShape.batched(2)
    let cotangent = Tensor<Double>(shape: shape, scalars: (0..<shape.count).map { _ in Double(stream.normal()) })
    let model = try ReferenceModel(
      network: intervals.network, parameters: intervals.parameters(from: parameters, radius: radius))
    let gradients = intervals.pullback(
      model.pullback(at: images, cotangent: cotangent).parameterGradients, at: parameters)
    #expect(
      Set(gradients.tensors.keys)
        == Set(
          item.network.parameterSpecifications.filter(\.isTrainable).map(\.key)))
    func value(_ parameters: ParameterSet<Double>) throws -> Double {
      zip(try item.outputs(images, parameters, radius: radius).scalars, cotangent.scalars).reduce(0) {
        $0 + $1.0 * $1.1
      }
    }
    for _ in 0..<4 {
      var (there, back, slope) = (parameters, parameters, 0.0)
      let step = 1e-6
      for (key, gradient) in gradients.tensors.sorted(by: { $0.key < $1.key }) {
        let direction = gradient.scalars.map { _ in Double(stream.normal()) }
        slope += zip(gradient.scalars, direction).reduce(0) { $0 + $1.0 * $1.1 }
        func moved(_ length: Double) -> Tensor<Double> {
          let scalars = zip(parameters.tensors[key]?.scalars ?? [], direction).map { $0 + length * $1 }
          return Tensor(shape: gradient.shape, scalars: scalars)
        }
        (there.tensors[key], back.tensors[key]) = (moved(step), moved(-step))
      }
      let difference = (try value(there) - value(back)) / (2 * step)
      #expect(abs(difference - slope) < 1e-6 * max(1, abs(slope)), "\(difference) against \(slope)")
    }
  }

  /// The fast engine against the oracle; single precision over sums of some hundred terms near 1.
  @Test(arguments: IntervalCase.all) func theFastEngineAgrees(item: IntervalCase) throws {
    let (images, parameters) = (item.images(5), try item.parameters())
    let intervals = try IntervalNetwork(of: item.network)
    let single = Parameters(parameters.tensors.mapValues(\.float))
    let model = try CompiledModel(
      network: intervals.network, parameters: intervals.parameters(from: single, radius: 0.1))
    let outputs = try model.logits(of: images.float).double
    let difference = relativeDifference(outputs, from: try item.outputs(images, parameters, radius: 0.1))
    #expect(difference < 1e-5, "\(difference)")
  }

  @Test func whatIntervalsDoNotPassThroughIsRefused() throws {
    func refusal(_ operations: Operation...) -> String? {
      do {
        var network = try Network(inputShape: [2, 4, 4])
        for (index, operation) in operations.enumerated() { try network.append(operation, named: "node\(index)") }
        try network.append(.flatten(.channelsFirst), named: "flatten")
        try network.append(.dense(Dense(outputs: 2)), named: "logits")
        _ = try IntervalNetwork(of: network)
        return nil
      } catch { return "\(error)" }
    }
    #expect(refusal(.activation(.relu)) == nil)
    for operation: Operation in [
      .batchNormalization(BatchNormalization()), .activation(.gelu(approximate: false)), .activation(.silu),
      .activation(.hardSwish), .activation(.leakyReLU(slope: -1)), .softmax,
      .groupNormalization(
        GroupNormalization(groups: 1)), .layerNormalization(LayerNormalization(axes: [0])),
      .parametricReLU(ParametricReLU()), .dropout(rate: 0.5), .affine(Affine(isTrainable: true)),
      .permute([1, 0, 2]), .reshape(Reshape(to: [4, 2, 4])),
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1), groups: 2)),
    ] {
      let text = refusal(.activation(.relu), operation)
      #expect(text?.contains("'node1'") == true, "\(operation): \(text ?? "accepted")")
    }
    #expect(refusal(.dropout(rate: 0)) == nil)
  }

  @Test func parametersAreChecked() throws {
    let item = IntervalCase.all[2]
    let intervals = try IntervalNetwork(of: item.network)
    var parameters = try item.parameters()
    #expect(throws: NetworkError.self) { try intervals.parameters(from: parameters, radius: -0.1) }
    #expect(throws: NetworkError.self) { try intervals.parameters(from: parameters, radius: .nan) }
    parameters["normalize", .scale] = Tensor(shape: [1], scalars: [-1])
    #expect(throws: NetworkError.self) { try intervals.parameters(from: parameters, radius: 0.1) }
    parameters["normalize", .scale] = nil
    #expect(throws: NetworkError.self) { try intervals.parameters(from: parameters, radius: 0.1) }
  }
}
