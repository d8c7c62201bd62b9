import Networks

/// One reading of a graph: its input and output are found, and it is run through with one or two numbers of images.
struct ONNXImport {
  private let path: String
  private let opsets: [String: Int]
  private let graph: ONNXGraph
  private let nodes: [ONNXNode]
  private let input: ONNXInput
  private let output: ONNXValueInfo
  private var notes: [Note] = []

  /// Numbers of images that no other extent has by chance: primes.
  private static let batches = [1_000_003, 999_983]

  init(_ path: String, _ model: ONNXModel, _ graph: ONNXGraph, inputShape: Shape?) throws {
    (self.path, self.graph, opsets) = (path, graph, model.opsets)
    output = try Self.output(of: graph, path)
    nodes = try graph.nodes(neededFor: output.name, file: path)
    input = try ONNXInput(
      graph, nodes, producer: model.producer, file: path, inputShape: inputShape)
    notes = input.notes
    if graph.outputs.count > 1 {
      notes.append(Note("The output is '\(output.name)'; the others are left out."))
    }
    if nodes.contains(where: { $0.type == "Cast" && $0.integer("to", 0) == 10 }) || input.isHalf {
      notes.append("The file computes in half precision; here its weights are computed with in single precision.")
    }
  }

  /// The only output of real numbers with one row for each image.
  private static func output(of graph: ONNXGraph, _ path: String) throws -> ONNXValueInfo {
    let fitting = graph.outputs.filter { output in
      output.elementType.map { ONNXTensor.isFloatingPoint($0) } ?? false
    }
    guard fitting.count == 1 else {
      let makers = Dictionary(
        graph.nodes.flatMap { node in node.outputs.map { ($0, node.typeName) } },
        uniquingKeysWith: { first, _ in first })
      let found = graph.outputs.map { output in
        let type = output.elementType.map { ONNXTensor.typeName($0) } ?? "no tensor"
        return "'\(output.name)' (\(type)\(makers[output.name].map { ", of \($0)" } ?? ""))"
      }
      throw ExchangeError(
        file: path, expected: "one output of real numbers, the logits", found: found.joined(separator: ", "))
    }
    return fitting[0]
  }

  func model() throws -> ImportedModel {
    let (network, parameters, readsExtents) = try result(batch: input.batch ?? Self.batches[0])
    if input.batch == nil, readsExtents {
      // A constant that depends on the number of images would be wrong for all but one number.
      let other = try result(batch: Self.batches[1])
      guard other.network == network, other.parameters == parameters else {
        throw ExchangeError(
          file: path, expected: "a network whose numbers do not depend on how many images there are",
          found: "one that does")
      }
    }
    return try ImportedModel(network: network, parameters: parameters, notes: notes)
  }

  private func result(batch: Int) throws -> (network: Network, parameters: Parameters, readsExtents: Bool) {
    var builder = ONNXBuilder(file: path, opsets: opsets, batch: batch, inputShape: input.shape)
    let used = Set(nodes.flatMap(\.inputs))
    for tensor in graph.initializers where used.contains(tensor.name) {
      builder.define(tensor.name, .constant(try tensor.constant(file: path)))
    }
    builder.define(input.name, .tensor(try input.reference(in: &builder.draft)))
    for node in nodes { try builder.run(node) }
    let last: Int
    switch try builder.value(output.name) {
    case .tensor(let tensor): last = try logits(tensor, &builder)
    case .constant:
      throw ExchangeError(file: path, expected: "an output that depends on the images", found: "a constant")
    case .partial(let partial):
      throw ExchangeError(file: path, expected: "logits", found: partial.origin)
    }
    let (network, parameters) = try builder.draft.network(endingIn: last)
    return (network, parameters, builder.readsExtents)
  }

  /// The output as one vector.
  private func logits(_ tensor: ONNXReference, _ builder: inout ONNXBuilder) throws -> Int {
    let plain = try builder.plain(tensor, "output")
    return try builder.reshaped(plain, [builder.draft.shape(plain).count], "output")
  }

}
