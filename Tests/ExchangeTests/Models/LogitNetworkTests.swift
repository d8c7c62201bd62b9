import Compute
import Exchange
import Networks
import Reference
import TestSupport
import Testing

/// What is taken off the end of a network, against the outputs of the network as it was.
struct LogitNetworkTests {
  typealias Op = Networks.Operation

  /// A dense layer, then those operations.
  private func network(_ operations: [Op], outputs: Int = 5) throws -> Network {
    var network = try Network(inputShape: [7])
    try network.append(.dense(Dense(outputs: outputs)), named: "logits")
    for (index, operation) in operations.enumerated() { try network.append(operation, named: "end\(index)") }
    return network
  }

  private func parameters(of network: Network) throws -> Parameters {
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
    for key in parameters.tensors.keys where key.role == .weight {
      // Large enough that probabilities are not all alike.
      parameters.tensors[key]?.withUnsafeMutableScalars { for index in $0.indices { $0[index] *= 4 } }
    }
    return parameters
  }

  private func outputs(_ network: Network, _ parameters: Parameters) throws -> Tensor<Double> {
    let images = Tensor<Double>.pattern(network.inputShape.batched(20), multiplier: 11)
    return try ReferenceModel(network: network, parameters: parameters.double).logits(of: images)
  }

  static let ends: [[Op]] = [
    [.softmax], [.activation(.sigmoid)], [.activation(.tanh)], [.activation(.softplus)], [.activation(.elu(alpha: 1))],
    [.softmax, .reshape(Reshape(to: [5]))], [.softmax, .flatten(.channelsLast)], [.softmax, .dropout(rate: 0.5)],
    [.softmax, .softmax], [.softmax, .softmax, .softmax], [.activation(.tanh), .softmax],
    [.activation(.sigmoid), .softmax],
    [.logSoftmax], [.softmax, .affine(Affine(initialScale: [3], initialShift: [1]))],
    [.reshape(Reshape(to: [5, 1, 1])), .softmax, .flatten(.channelsFirst)],
    [.softmax, .reshape(Reshape(to: [1, 5, 1])), .dropout(rate: 0.1), .flatten(.channelsFirst)],
  ]

  /// The class is the same, the outputs are the logits alone, and putting back gives the outputs as they were.
  @Test(arguments: ends)
  func endsAreTakenOff(_ end: [Op]) throws {
    let network = try network(end)
    let parameters = try parameters(of: network)
    let logits = try LogitNetwork(network, parameters)
    let before = try outputs(network, parameters)
    #expect(try outputs(logits.network, logits.parameters).float.argmax() == before.float.argmax())
    #expect(!logits.network.nodes.contains { [.softmax, .logSoftmax].contains($0.operation) })
    #expect(logits.notes.count == 1 && logits.notes[0].warning == nil, "\(logits.notes)")
    let (restored, weights) = try logits.network.restoringOutputTransforms(logits.parameters)
    // Nothing was computed anew.
    #expect(relativeDifference(try outputs(restored, weights), from: before) < 1e-12)
    // What has been taken off is not taken off again.
    let again = try LogitNetwork(logits.network, logits.parameters)
    #expect(again.network == logits.network && again.notes.isEmpty)
  }

  /// A function that does not keep the order of the classes stays; clipped values are warned of.
  @Test(
    arguments: [
      ([.activation(.relu)], true), ([.activation(.hardSigmoid(slope: 0.2))], true),
      ([.affine(Affine(isTrainable: true, initialScale: [1, 2, 3, 4, 5]))], false), ([.activation(.silu)], false),
      ([.softmax, .affine(Affine(initialScale: [-1]))], true),
      ([.activation(.leakyReLU(slope: 0.1))], false), ([], false),
    ] as [([Op], Bool)])
  func whatStays(_ end: [Op], isWarnedOf: Bool) throws {
    let network = try network(end)
    let logits = try LogitNetwork(network, try parameters(of: network))
    #expect(logits.network == network)
    #expect(logits.notes.contains { $0.warning != nil } == isWarnedOf)
  }

  /// The mean of two softmaxes, their product, and a mean of products, whose factors may lie behind other layers.
  @Test(arguments: ["mean", "product", "mean of products", "sum", "weighted"])
  func combinations(_ kind: String) throws {
    var network = try Network(inputShape: [7])
    var heads: [Int] = []
    for number in 0..<(kind == "mean of products" ? 4 : 3) {
      try network.append(.dense(Dense(outputs: 5)), named: "d\(number)", to: [0])
      heads.append(try network.append(.softmax, named: "s\(number)"))
    }
    switch kind {
    case "mean", "sum":
      try network.append(.add, named: "sum", to: heads)
      if kind == "mean" { try network.append(.affine(Affine(initialScale: [1 / 3])), named: "mean") }
    case "product":
      let first = try network.append(.multiply, named: "p", to: [heads[0], heads[1]])
      try network.append(.multiply, named: "q", to: [first, heads[2]])
    case "weighted":
      let scaled = try heads.enumerated().map { index, head in
        try network.append(.affine(Affine(initialScale: [[0.5, 0.3, 0.2][index]])), named: "w\(index)", to: [head])
      }
      try network.append(.add, named: "sum", to: scaled)
      try network.append(.flatten(.channelsFirst), named: "flat")
    default:
      let a = try network.append(.multiply, named: "p", to: [heads[0], heads[1]])
      let b = try network.append(.multiply, named: "q", to: [heads[2], heads[3]])
      try network.append(.add, named: "sum", to: [a, b])
    }
    let parameters = try parameters(of: network)
    let logits = try LogitNetwork(network, parameters)
    let before = try outputs(network, parameters)
    let after = try outputs(logits.network, logits.parameters)
    // The logits are the logarithm itself. The constants are rounded to single precision.
    let expected = Tensor(shape: before.shape, scalars: before.scalars.map(logarithm))
    #expect(relativeDifference(after, from: expected) < 1e-6)
    #expect(logits.notes.count == 1 && logits.notes[0].warning == nil, "\(logits.notes)")
    let compiled = try CompiledModel(network: logits.network, parameters: logits.parameters)
    let images = Tensor<Double>.pattern(network.inputShape.batched(20), multiplier: 11).float
    // Single precision through ten operations.
    #expect(relativeDifference(try compiled.logits(of: images).double, from: after) < 1e-5)
    if kind.contains("product") {
      #expect(throws: NetworkError.self) { try logits.network.restoringOutputTransforms(logits.parameters) }
    } else {
      let (restored, weights) = try logits.network.restoringOutputTransforms(logits.parameters)
      #expect(relativeDifference(try outputs(restored, weights), from: before) < 1e-6)
    }
  }

  /// Where the probabilities are 0 in single precision there is still a gradient.
  @Test func farProbabilitiesHaveGradients() throws {
    var network = try Network(inputShape: [3])
    for number in 0..<2 {
      try network.append(.dense(Dense(outputs: 3)), named: "d\(number)", to: [0])
      try network.append(.softmax, named: "s\(number)")
    }
    try network.append(.add, named: "sum", to: [2, 4])
    var parameters = Parameters()
    for name in ["d0", "d1"] {
      parameters[name, .weight] = Tensor(shape: [3, 3], scalars: [900, 0, 0, 0, 900, 0, 0, 0, 900])
      parameters[name, .bias] = Tensor(shape: [3])
    }
    let logits = try LogitNetwork(network, parameters)
    let model = try CompiledModel(network: logits.network, parameters: logits.parameters)
    let images = Tensor<Float>(shape: [1, 3], scalars: [1, 0, 0])
    let (values, gradient) = try model.pullback(at: images) { logits, _ in
      Loss.crossEntropy(logits, labels: [0]).gradient
    }
    #expect(values.scalars.allSatisfy { $0.isFinite })
    // The margin of 900 is beyond what softmax can tell from certainty; that of the logits has its whole gradient.
    let margin = try model.pullback(at: images) { logits, _ in
      Tensor(shape: logits.shape, scalars: [1, -1, 0])
    }.gradient
    #expect(margin.scalars == [900, -900, 0])
    #expect(gradient.scalars.allSatisfy { $0.isFinite })
  }

  @Test func joinedHeads() throws {
    var network = try Network(inputShape: [7])
    let heads = try (0..<4).map { number in
      try network.append(.dense(Dense(outputs: 1)), named: "d\(number)", to: [0])
      return try network.append(.activation(.sigmoid), named: "s\(number)")
    }
    try network.append(.concatenate(axis: 0), named: "all", to: heads)
    let parameters = try parameters(of: network)
    let logits = try LogitNetwork(network, parameters)
    #expect(logits.network.outputTransforms == [.activation(.sigmoid)])
    #expect(!logits.network.nodes.contains { $0.operation == .activation(.sigmoid) })
    let (restored, weights) = try logits.network.restoringOutputTransforms(logits.parameters)
    #expect(relativeDifference(try outputs(restored, weights), from: try outputs(network, parameters)) < 1e-12)
  }

  /// One output is a class of two, whatever gives it, and is one output again where it is written.
  @Test(
    arguments: [
      [], [.activation(.sigmoid)], [.activation(.tanh)], [.activation(.sigmoid), .reshape(Reshape(to: [1]))],
      [.reshape(Reshape(to: [1, 1, 1])), .globalPooling(GlobalPooling(.average)), .activation(.sigmoid)],
      [.activation(.hardSigmoid(slope: 0.2))], [.activation(.relu)],
    ] as [[Op]])
  func oneOutput(_ end: [Op]) throws {
    let network = try network(end, outputs: 1)
    let parameters = try parameters(of: network)
    let logits = try LogitNetwork(network, parameters)
    #expect(try logits.network.classCount() == 2)
    #expect(logits.network.outputTransforms.first == .oneOutput)
    #expect(logits.notes.contains { "\($0)".hasPrefix("One output: taken as two classes, logits 0 and z") })
    #expect(!logits.notes.contains { $0.warning != nil })
    let before = try outputs(network, parameters)
    let isProbability = end.contains { [.activation(.sigmoid), .activation(.hardSigmoid(slope: 0.2))].contains($0) }
    let after = try outputs(logits.network, logits.parameters)
    #expect(after.float.argmax() == before.scalars.map { $0 > (isProbability ? 0.5 : 0) ? 1 : 0 })
    #expect((0..<20).allSatisfy { after.scalars[2 * $0] == 0 })
    #expect(Set(after.float.argmax()).count == 2, "the images are of both classes")
    let (restored, weights) = try logits.network.restoringOutputTransforms(logits.parameters)
    #expect(relativeDifference(try outputs(restored, weights), from: before) < 1e-12)
    #expect(try LogitNetwork(logits.network, logits.parameters).network == logits.network)
  }

  /// A mean of probabilities of one class decides at 1/2; nothing can be taken off, and that is said.
  @Test func meanOfOneOutputs() throws {
    var network = try Network(inputShape: [7])
    let heads = try (0..<2).map { number in
      try network.append(.dense(Dense(outputs: 1)), named: "d\(number)", to: [0])
      return try network.append(.activation(.sigmoid), named: "s\(number)")
    }
    try network.append(.add, named: "sum", to: heads)
    try network.append(.affine(Affine(initialScale: [0.5])), named: "mean")
    let parameters = try parameters(of: network)
    let logits = try LogitNetwork(network, parameters)
    #expect(logits.notes.contains { $0.warning != nil })
    let before = try outputs(network, parameters)
    let classes = try outputs(logits.network, logits.parameters).float.argmax()
    #expect(classes == before.scalars.map { $0 > 0.5 ? 1 : 0 } && Set(classes).count == 2)
    let (restored, weights) = try logits.network.restoringOutputTransforms(logits.parameters)
    #expect(relativeDifference(try outputs(restored, weights), from: before) < 1e-12)
  }

  /// A softmax over one output is always 1: it cannot be taken off, and is warned of.
  @Test func softmaxOfOneOutput() throws {
    let network = try network([.softmax], outputs: 1)
    let logits = try LogitNetwork(network, try parameters(of: network))
    #expect(logits.notes.contains { $0.warning != nil })
    #expect(Set(try outputs(logits.network, logits.parameters).float.argmax()) == [1])
  }

  /// Without weights the structure keeps its one output, because they are still to be matched with it.
  @Test func structureAlone() throws {
    let network = try network([.activation(.sigmoid)], outputs: 1)
    let logits = try LogitNetwork(network, Parameters())
    #expect(logits.network.outputShape == [1] && logits.network.outputTransforms == [.activation(.sigmoid)])
  }

  /// The ending is part of the structure in files; where there is none but a softmax the text is the one it always was.
  @Test func endingsInJSON() throws {
    var network = try network([])
    for ending: [OutputTransform] in [
      [], [.softmax], [.oneOutput, .activation(.elu(alpha: 0.5))],
      [.logSoftmax, .affine(scale: 2, shift: 1), .combination],
    ] {
      network.outputTransforms = ending
      let model = try ModelFile(network: network, parameters: try parameters(of: network))
      let directory = try TemporaryDirectory()
      try model.write(to: "\(directory.path)/m.h5")
      #expect(try ModelFile.read(from: "\(directory.path)/m.h5").network.outputTransforms == ending)
    }
  }
}
