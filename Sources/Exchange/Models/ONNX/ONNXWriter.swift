import Networks

/// Turns a network into the nodes and initializers of an ONNX graph.
///
/// A node of the lab becomes one ONNX node of its name, or several of which the last has its name. Every value is named
/// after the node that computes it, and a parameter as in PyTorch: `conv1.weight`. The batch is the first axis of every
/// value, and nothing in the graph depends on its extent.
struct ONNXWriter {
  /// An ONNX node.
  struct Step {
    var name: String
    let type: String
    /// Names of values; an optional one that is left out is empty.
    let inputs: [String]
    var output: String
    let attributes: Attributes
  }

  /// Attributes with their names, in the order in which they are written.
  typealias Attributes = [(name: String, value: Attribute)]

  /// A value of an attribute.
  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
    case text(String)
  }

  /// A constant of the graph.
  struct Initializer {
    let name: String
    /// Its extents; empty for a scalar.
    let shape: [Int]
    let numbers: Numbers
  }

  /// The numbers of a constant.
  enum Numbers {
    case floats([Float])
    case integers([Int64])

    /// What they take in a file.
    var byteCount: Int {
      switch self {
      case .floats(let numbers): numbers.count * 4
      case .integers(let numbers): numbers.count * 8
      }
    }
  }

  /// The name of the graph's input.
  static let inputName = "input"

  /// What is written, its output as it was before `outputTransforms` were taken off.
  let network: Network
  /// The name of the graph's output.
  let outputName: String
  private(set) var steps: [Step] = []
  private(set) var initializers: [Initializer] = []

  private let parameters: Parameters
  /// The value that holds the output of each of the lab's nodes.
  private var values: [String]
  /// The names that are no longer free.
  private var taken: Set<String>
  /// The node of the lab that is being written.
  private(set) var node: Network.Node

  /// Writes all nodes.
  ///
  /// - Throws: `NetworkError` where the parameters do not fit the network, and where what was taken off its end cannot
  ///   be put back.
  init(_ given: Network, _ weights: Parameters) throws(NetworkError) {
    try given.check(weights)
    outputName = Self.outputName(of: given)
    (network, parameters) = try given.restoringOutputTransforms(weights)
    node = network.nodes[0]
    taken = [Self.inputName, outputName]
    taken.formUnion(network.parameterSpecifications.map { Self.name(of: $0.key) })
    values = [Self.inputName]
    for node in network.nodes.dropFirst() { values.append(reserve(node.name)) }
    taken.formUnion(network.nodes.map(\.name))
    for index in network.nodes.indices { write(index) }
  }

  /// What the outputs are, by the last thing that the model does with its logits.
  private static func outputName(of network: Network) -> String {
    switch network.outputTransforms.last {
    case nil, .oneOutput: "logits"
    case .softmax, .activation(.sigmoid), .activation(.hardSigmoid): "probabilities"
    case .logSoftmax: "log_probabilities"
    case .activation, .affine, .combination: "output"
    }
  }

  private mutating func write(_ index: Int) {
    node = network.nodes[index]
    let isOutput = index == network.outputIndex
    let count = steps.count
    appendSteps()
    // The output has a name of its own, so that a node computes it even where nothing is left to compute.
    if steps.count == count, isOutput { append("Identity", [input]) }
    guard steps.count > count else {
      values[index] = input
      return
    }
    steps[steps.count - 1].name = node.name
    steps[steps.count - 1].output = isOutput ? outputName : values[index]
  }

  /// Appends the ONNX nodes for the node that is being written: the one long switch of the export.
  private mutating func appendSteps() {
    switch node.operation {
    // Dropout is the identity where nothing is trained.
    case .input, .dropout: break
    case .convolution(let payload): convolution(payload)
    case .transposedConvolution(let payload): transposedConvolution(payload)
    case .dense: append("Gemm", [input] + parameters(.weight, .bias), [("transB", .int(1))])
    case .pooling(let payload): pooling(payload)
    case .globalPooling(let payload): globalPooling(payload)
    case .activation(let activation): self.activation(activation)
    case .parametricReLU: parametricReLU()
    case .softmax: append("Softmax", [input], [("axis", .int(1))])
    case .logSoftmax: append("LogSoftmax", [input], [("axis", .int(1))])
    case .flatten(let order): flatten(order)
    case .reshape(let payload): reshape(payload)
    case .permute(let axes): permuted(input, by: axes)
    case .zeroPadding(let edges): zeroPadding(edges, of: input)
    case .cropping(let edges): cropping(edges)
    case .upsampling(let payload): upsampling(payload)
    case .batchNormalization(let payload): batchNormalization(payload)
    case .layerNormalization(let payload): layerNormalization(payload)
    case .groupNormalization(let payload): groupNormalization(payload)
    case .affine: scaleAndShift(input)
    case .add: add()
    case .multiply: append("Mul", inputs)
    case .concatenate(let axis): append("Concat", inputs, [("axis", .int(axis + 1))])
    }
  }

  // MARK: Building blocks

  /// The values that the node being written reads.
  var inputs: [String] { node.inputs.map { values[$0] } }

  /// The first of them; the images for the input itself.
  var input: String { node.inputs.first.map { values[$0] } ?? Self.inputName }

  /// The shape of one example of the first input.
  var inputShape: Shape { node.inputs.first.map { network.nodes[$0].shape } ?? network.inputShape }

  /// Appends an ONNX node. The last one for a node of the lab is given its name and its output's.
  ///
  /// - Returns: The name of its output.
  @discardableResult
  mutating func append(
    _ type: String, _ inputs: [String], _ attributes: Attributes = []
  ) -> String {
    let name = reserve("\(node.name).\(type)")
    steps.append(Step(name: name, type: type, inputs: inputs, output: name, attributes: attributes))
    return name
  }

  /// Adds a parameter of the node to the initializers, changed as ONNX needs it.
  ///
  /// - Returns: Its name; nil where the node has no such parameter.
  mutating func parameter(_ role: ParameterRole, changed: (Tensor<Float>) -> Tensor<Float> = { $0 }) -> String? {
    guard let tensor = parameters[node.name, role].map(changed) else { return nil }
    let name = Self.name(of: ParameterKey(node.name, role))
    initializers.append(Initializer(name: name, shape: tensor.shape.extents, numbers: .floats(tensor.scalars)))
    return name
  }

  /// Adds those of the parameters that the node has.
  mutating func parameters(_ roles: ParameterRole...) -> [String] {
    roles.compactMap { parameter($0) }
  }

  /// The same for a parameter that ONNX asks for: where the node has none, it is all of one value.
  mutating func parameter(_ role: ParameterRole, or value: Float, shape: Shape) -> String {
    if let name = parameter(role) { return name }
    let name = reserve(Self.name(of: ParameterKey(node.name, role)))
    let numbers = [Float](repeating: value, count: shape.count)
    initializers.append(Initializer(name: name, shape: shape.extents, numbers: .floats(numbers)))
    return name
  }

  /// Adds a number without axes to the initializers.
  mutating func constant(_ name: String, scalar: Float) -> String {
    constant(name, shape: [], .floats([scalar]))
  }

  /// Adds a list of numbers to the initializers.
  mutating func constant(_ name: String, floats: [Float]) -> String {
    constant(name, shape: [floats.count], .floats(floats))
  }

  /// Adds a list of whole numbers to the initializers: extents, axes, edges.
  mutating func constant(_ name: String, integers: [Int]) -> String {
    constant(name, shape: [integers.count], .integers(integers.map(Int64.init)))
  }

  private mutating func constant(_ name: String, shape: [Int], _ numbers: Numbers) -> String {
    let name = reserve("\(node.name).\(name)")
    initializers.append(Initializer(name: name, shape: shape, numbers: numbers))
    return name
  }

  /// PyTorch's name of a parameter.
  private static func name(of key: ParameterKey) -> String { "\(key.node).\(TensorLeaf(of: key.role).name)" }

  /// The name, with a number where it is taken.
  private mutating func reserve(_ wanted: String) -> String {
    var name = wanted
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(wanted)_\(number)"
      number += 1
    }
    return name
  }
}
