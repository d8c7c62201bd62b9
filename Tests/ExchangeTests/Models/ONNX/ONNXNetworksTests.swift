import Exchange
import Glibc
import HDF5
import Networks
import Reference
import Testing

/// Every operation with every option, written as ONNX: what a graph must be, whatever it computes.
///
/// That the graphs compute the right thing is seen by `Tests/Interop/onnx_exchange.py`, which runs them in onnxruntime.
@Suite struct ONNXNetworksTests {
  struct Example: Sendable, CustomStringConvertible {
    let description: String
    /// What it is there to check.
    let operation: String
    let network: Network
    let parameters: Parameters
    let images: Tensor<Float>
  }

  static let examples: [Example] = {
    do {
      return try catalogue() + randomExamples() + ends()
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  private static func example(
    _ name: String, _ network: Network, operation: String? = nil, seed: UInt64 = 0
  ) -> Example {
    let (parameters, images) = GradientCheck.point(for: network, exampleCount: 5, seed: seed)
    let last = network.nodes[network.outputIndex].operation
    return Example(
      description: name, operation: operation ?? last.label, network: network, parameters: parameters, images: images)
  }

  private static func catalogue() throws -> [Example] {
    try GradientCheck.catalogue().map { example($0.name, $0.network) }
  }

  private static func randomExamples() throws -> [Example] {
    var networks = RandomNetworks(seed: 1)
    return try Operation.kindNames.flatMap { kind in
      try (1...8).map { number in
        example("\(kind), random \(number)", try networks.network(of: kind), seed: UInt64(number))
      }
    }
  }

  /// Networks whose models go on after the logits.
  private static func ends() throws -> [Example] {
    let ends: [[OutputTransform]] = [
      [.softmax], [.logSoftmax], [.activation(.sigmoid)], [.oneOutput], [.oneOutput, .activation(.sigmoid)],
      [.softmax, .affine(scale: 2, shift: 0.25)], [.activation(.tanh), .softmax],
    ]
    return try ends.map { transforms in
      var network = try Network(inputShape: [2, 3, 3])
      try network.append(.flatten(.channelsLast), named: "flatten")
      try network.append(.dense(Dense(outputs: 2)), named: "fc")
      network.outputTransforms = transforms
      return example("ends in \(transforms)", network, operation: "output transforms")
    }
  }

  @Test func everyOperationIsThere() {
    let kinds = Set(Self.examples.flatMap { $0.network.nodes.map(\.operation.kindName) })
    #expect(kinds == Set(Operation.kindNames))
  }

  @Test(arguments: examples)
  func everyValueIsComputedOnceAndBeforeItIsRead(example: Example) throws {
    let model = WrittenONNXModel(try ONNXFormat.bytes(of: example.network, example.parameters, path: "a.onnx"))
    var known = Set(model.initializers.keys).union([""])
    #expect(known.insert("input").inserted && model.inputs == ["input"])
    for node in model.nodes {
      #expect(known.isSuperset(of: node.inputs), "\(node.name)")
      for output in node.outputs { #expect(known.insert(output).inserted, "\(output)") }
    }
    #expect(model.nodes.last?.outputs == model.outputs)
    #expect(Set(model.nodes.map(\.name)).count == model.nodes.count)
  }

  @Test(arguments: examples)
  func everyNodeKeepsItsName(example: Example) throws {
    let model = WrittenONNXModel(try ONNXFormat.bytes(of: example.network, example.parameters, path: "a.onnx"))
    let names = example.network.nodes.dropFirst().filter { node in
      if case .dropout = node.operation { false } else { true }
    }.map(\.name)
    #expect(Set(model.nodes.map(\.name)).isSuperset(of: names))
    for specification in example.network.parameterSpecifications where specification.key.role == .weight {
      #expect(model.initializers[specification.key.node + ".weight"] != nil)
    }
  }

  /// A literal such as `[1]` is a list of either kind.
  @Test(arguments: examples)
  func onlyShapesAndPlacesAreWholeNumbers(example: Example) throws {
    let model = WrittenONNXModel(try ONNXFormat.bytes(of: example.network, example.parameters, path: "a.onnx"))
    for node in model.nodes {
      let isExpected = ["Reshape", "Pad", "Slice"].contains(node.type)
      for (position, input) in node.inputs.enumerated() where model.initializers[input] != nil {
        #expect((model.integers[input] != nil) == (isExpected && position > 0), "\(input) of \(node.name)")
      }
    }
  }

  /// Where `ADVLAB_ONNX_NETWORKS` names a directory, every example is written there for `onnx_exchange.py check`, with the
  /// outputs of the oracle.
  @Test func networksForOtherTools() throws {
    guard let directory = getenv("ADVLAB_ONNX_NETWORKS").map({ String(cString: $0) }) else { return }
    mkdir(directory, 0o755)
    for (number, example) in Self.examples.enumerated() {
      let name = String(example.description.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
      try write(example, to: "\(directory)/\(number + 1000)-\(name)")
    }
  }

  private func write(_ example: Example, to folder: String) throws {
    mkdir(folder, 0o755)
    try ONNXFormat.write(example.network, example.parameters, to: folder + "/model.onnx")
    let (network, parameters) = try example.network.restoringOutputTransforms(example.parameters)
    let outputs = try ReferenceModel(network: network, parameters: parameters.double).logits(of: example.images.double)
    try File.write(atomicallyTo: folder + "/data.h5") { root in
      try root.write("x_test", example.images.scalars, shape: example.images.shape.extents)
    }
    try File.write(atomicallyTo: folder + "/expected.h5") { root in
      try root.write("logits", outputs.scalars, shape: outputs.shape.extents)
      try root.attributes.set("operation", to: example.operation)
    }
  }
}

extension Networks.Operation {
  /// The kind, and of activations the function.
  fileprivate var label: String {
    guard case .activation(let activation) = self else { return kindName }
    return "activation \("\(activation)".prefix { $0 != "(" })"
  }
}
