import Networks

/// Evaluates a model: its layers in an order in which every input comes before the layers that need it.
extension KerasBuilder {
  /// The output of a model for an input; `path` holds the names of the enclosing models, its own last.
  mutating func evaluate(_ model: KerasModel, on input: KerasTensor, path: [String]) throws -> KerasTensor {
    switch model.kind {
    case .sequential:
      var value = input
      for layer in model.layers where layer.className != "InputLayer" {
        value = try evaluate(layer, on: [.tensor(value)], path: path)
      }
      return value
    case .functional(let source, let target):
      return try evaluate(KerasGraph(model), on: input, from: source, to: target, path: path)
    }
  }

  private mutating func evaluate(
    _ graph: KerasGraph, on input: KerasTensor, from source: KerasTensorReference, to target: KerasTensorReference,
    path: [String]
  ) throws -> KerasTensor {
    let target = try graph.call(target, isOutput: true)
    var values: [KerasGraph.Call: KerasTensor] = [:]
    for call in try graph.order(to: target) {
      let layer = graph.layers[call.layer]
      if layer.calls.isEmpty {
        guard layer.name == source.layer else {
          throw layer.failure("is a further input; only models with one input are supported")
        }
        values[call] = input
        continue
      }
      let description = layer.calls[call.number]
      let operands = try description.operands.map { operand -> KerasOperand<KerasTensor> in
        switch operand {
        case .numbers(let numbers): return .numbers(numbers)
        case .tensor(let reference):
          guard let value = values[try graph.call(reference)] else { throw layer.failure("lacks an input") }
          return .tensor(value)
        }
      }
      values[call] = try evaluate(
        try layer.called(with: description.arguments, generation: generation), on: operands, path: path)
    }
    guard let output = values[target] else { throw KerasFailure("has no output", at: "model") }
    return output
  }

  private mutating func evaluate(
    _ layer: KerasLayer, on operands: [KerasOperand<KerasTensor>], path: [String]
  ) throws -> KerasTensor {
    let nested = NestedLayer(layer: layer, path: path + [layer.name])
    try refuseQuantized(layer)
    guard let model = layer.model else { return try evaluate(nested, operands) }
    guard operands.count == 1, let input = operands[0].tensor else {
      throw layer.failure(expected: "a model with one input", found: "\(operands.count)")
    }
    return try evaluate(model, on: input, path: nested.path)
  }

  private func refuseQuantized(_ layer: KerasLayer) throws {
    let policy = layer.config["dtype"]?.object?["class_name"]?.string ?? ""
    let quantization = layer.config["quantization_config"] ?? .null
    guard !policy.contains("Quantized"), quantization == .null else {
      throw layer.failure("is quantised; save the model before it is quantised")
    }
  }
}

/// The calls of the layers of a functional model.
struct KerasGraph {
  struct Call: Hashable {
    let layer: Int
    let number: Int
  }

  let layers: [KerasLayer]
  private let generation: KerasGeneration
  private let indices: [String: Int]

  init(_ model: KerasModel) {
    layers = model.layers
    generation = model.generation
    indices = Dictionary(model.layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The call that a reference means.
  func call(_ reference: KerasTensorReference, isOutput: Bool = false) throws -> Call {
    guard let index = indices[reference.layer] else {
      throw KerasFailure("a connection leads to layer '\(reference.layer)', which does not exist")
    }
    let layer = layers[index]
    let count = max(layer.calls.count, 1)
    // The numbers of a model's calls; see `KerasGeneration`. Files of other versions are tried the other way round.
    let countsItself =
      layer.model != nil && (generation == .keras2 || isOutput && layer.className != "Sequential")
    let candidates = [
      reference.call - (countsItself ? 1 : 0), reference.call - (layer.model == nil ? 0 : 1), reference.call,
    ]
    guard let number = candidates.first(where: (0..<count).contains) else {
      throw layer.failure(expected: "a call below \(count)", found: "a connection to call \(reference.call)")
    }
    return Call(layer: index, number: number)
  }

  func inputs(of call: Call) throws -> [Call] {
    let layer = layers[call.layer]
    return layer.calls.isEmpty ? [] : try layer.calls[call.number].inputs.map { try self.call($0) }
  }

  /// All calls that `target` depends on, each after its inputs. Depth first, without recursion: a graph may be deep.
  func order(to target: Call) throws -> [Call] {
    var order: [Call] = []
    var state: [Call: Bool] = [:]  // false while its inputs are being visited, true when done
    var stack = [(call: target, inputs: try inputs(of: target)[...])]
    state[target] = false
    while let last = stack.indices.last {
      guard let next = stack[last].inputs.popFirst() else {
        let done = stack.removeLast().call
        state[done] = true
        order.append(done)
        continue
      }
      switch state[next] {
      case true?: continue
      case false?: throw layers[next.layer].failure("depends on itself: the connections form a cycle")
      case nil:
        state[next] = false
        stack.append((next, try inputs(of: next)[...]))
      }
    }
    return order
  }
}
