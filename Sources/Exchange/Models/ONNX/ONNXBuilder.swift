import Networks

/// Makes a network of a graph: each operator becomes operations of the closed set, constants are computed, and what the
/// set cannot express is refused by name.
///
/// The graph computes with extents, the number of images among them. It is run through with one number of images that
/// no other extent has by chance, so that all arithmetic on extents is plain arithmetic on constants.
struct ONNXBuilder {
  let file: String
  let opsets: [String: Int]
  /// The number of images that the graph is run through with.
  let batch: Int
  var draft: ONNXDraft
  private(set) var values: [String: ONNXValue] = [:]
  /// Whether the extents of images were asked for, so that a constant may depend on their number.
  var readsExtents = false
  /// The nodes that hold means of others, over axes of the network: how a layer normalisation begins.
  var means: [Int: (of: ONNXReference, axes: [Int])] = [:]
  /// The nodes that hold a multiple of another: half of `x`, or `x / √2`, which may have become a part of a layer.
  var multiples: [Int: (of: ONNXReference, factor: Float)] = [:]
  /// Numbers in computed constants, which a file must not make without bound.
  private var computed = 0

  private static let computedLimit = 1 << 27

  init(file: String, opsets: [String: Int], batch: Int, inputShape: Shape) {
    (self.file, self.opsets, self.batch) = (file, opsets, batch)
    draft = ONNXDraft(inputShape: inputShape)
  }

  /// Gives a name a value.
  mutating func define(_ name: String, _ value: ONNXValue) { values[name] = value }

  /// Runs one operator.
  mutating func run(_ node: ONNXNode) throws {
    do {
      let results = try results(of: node)
      for (name, value) in zip(node.outputs, results) where !name.isEmpty { define(name, value) }
    } catch let error as ONNXFolding.Failure {
      throw failure(node, error.expected, error.found)
    } catch let error as ShapeMismatch {
      throw failure(node, error.expected, error.found)
    }
  }

  private mutating func results(of node: ONNXNode) throws -> [ONNXValue] {
    guard node.attributes.values.allSatisfy({ !$0.isGraph }) else { throw unknown(node) }
    if node.type == "Constant", node.domain.isEmpty { return [.constant(try constant(of: node))] }
    if let constant = try folded(node) { return [.constant(constant)] }
    guard let operators = Self.operators[node.domain], let run = operators[node.type] else { throw unknown(node) }
    return try run(&self, node)
  }

  /// The value of an operator whose inputs are all constants; nil where they are not.
  private mutating func folded(_ node: ONNXNode) throws -> ONNXConstant? {
    guard node.domain.isEmpty, let fold = ONNXFolding.operators[node.type] else { return nil }
    var inputs: [ONNXConstant?] = []
    for (index, name) in node.inputs.enumerated() {
      guard !name.isEmpty else {
        inputs.append(nil)
        continue
      }
      guard case .constant(let constant) = try value(name) else {
        return index == 0 ? try extents(asked: node, name) : nil
      }
      inputs.append(constant)
    }
    let result = try fold(node, inputs)
    computed += result.count
    guard result.hasUsableExtents, computed <= Self.computedLimit else {
      throw ONNXFolding.Failure(expected: "constants of at most \(Self.computedLimit) numbers in all", found: "more")
    }
    return result
  }

  /// The answer of `Shape` and `Size` about images; nil for other operators.
  private mutating func extents(asked node: ONNXNode, _ name: String) throws -> ONNXConstant? {
    guard node.type == "Shape" || node.type == "Size", case .tensor(let tensor) = try value(name) else { return nil }
    readsExtents = true
    let extents = extents(tensor)
    return node.type == "Shape"
      ? ONNXFolding.shape(of: extents, node)
      : ONNXConstant(extents: [], values: .integers([extents.reduce(1, *)]))
  }

  private func constant(of node: ONNXNode) throws -> ONNXConstant {
    let attributes = node.attributes
    if let tensor = attributes["value"]?.tensor { return try tensor.constant(file: file) }
    if let value = attributes["value_float"]?.float { return ONNXConstant(scalar: value) }
    if let values = attributes["value_floats"]?.floats {
      return ONNXConstant(extents: [values.count], values: .floats(values))
    }
    if let value = attributes["value_int"]?.integer { return ONNXConstant(extents: [], values: .integers([value])) }
    if let values = attributes["value_ints"]?.integers { return ONNXConstant(values) }
    throw ONNXFolding.Failure(
      expected: "a constant of numbers", found: attributes.keys.sorted().joined(separator: ", "))
  }

  // MARK: - Inputs of operators

  /// The version of the operators of a node's domain.
  func opset(_ node: ONNXNode) -> Int { opsets[node.domain] ?? 0 }

  func value(_ name: String) throws -> ONNXValue {
    guard let value = values[name] else {
      throw ONNXFolding.Failure(expected: "a value that is defined before it is used", found: "'\(name)'")
    }
    return value
  }

  func value(_ node: ONNXNode, _ index: Int) throws -> ONNXValue {
    guard let name = node.input(index) else {
      throw ONNXFolding.Failure(expected: "an input \(index + 1)", found: "\(node.inputs.count)")
    }
    return try value(name)
  }

  /// An input that depends on the images.
  func tensor(_ node: ONNXNode, _ index: Int = 0) throws -> ONNXReference {
    switch try value(node, index) {
    case .tensor(let tensor): return tensor
    case .constant: throw ONNXFolding.Failure(expected: "an input that depends on the images", found: "a constant")
    case .partial(let partial): throw unfinished(partial)
    }
  }

  /// An input that is a constant.
  func constant(_ node: ONNXNode, _ index: Int) throws -> ONNXConstant {
    guard let constant = try optionalConstant(node, index) else {
      throw ONNXFolding.Failure(expected: "an input \(index + 1)", found: "none")
    }
    return constant
  }

  /// An input that is a constant; nil where it is left out.
  func optionalConstant(_ node: ONNXNode, _ index: Int) throws -> ONNXConstant? {
    guard let name = node.input(index) else { return nil }
    guard case .constant(let constant) = try value(name) else {
      throw ONNXFolding.Failure(
        expected: "a constant as input \(index + 1)", found: "'\(name)', which depends on the images")
    }
    return constant
  }

  /// The constants of a node's inputs, nil for those that are none.
  func constants(_ node: ONNXNode) -> [ONNXConstant?] {
    node.inputs.map { name in
      if case .constant(let constant)? = values[name] { constant } else { nil }
    }
  }

  /// The extents that the graph sees.
  func extents(_ tensor: ONNXReference) -> [Int] {
    [batch] + tensor.axes.map { draft.shape(tensor.node)[$0] }
  }

  // MARK: - Messages

  /// What a network can be made of, and what cannot.
  func unknown(_ node: ONNXNode) -> ONNXFolding.Failure {
    let isQuantised = ["uantize", "QLinear", "Integer", "QGemm", "QAttention"].contains { node.type.contains($0) }
    guard !isQuantised else {
      return ONNXFolding.Failure(
        expected: "a network of real numbers", found: "the operator \(node.typeName) of a quantised one")
    }
    return ONNXFolding.Failure(
      expected: "operators that a network of the lab can express", found: "\(node.typeName)")
  }

  func unfinished(_ partial: ONNXPartial) -> ONNXFolding.Failure {
    ONNXFolding.Failure(
      expected: "operators that a network of the lab can express",
      found: "\(partial.origin), which is expressed within GELU, layer normalisation or softplus alone")
  }

  func failure(_ node: ONNXNode, _ expected: String, _ found: String) -> ExchangeError {
    let name = node.name.isEmpty ? "node \(node.index)" : "node '\(node.name)'"
    return ExchangeError(
      file: file, object: "\(name) (\(node.typeName), opset \(opset(node)))", expected: expected, found: found)
  }

  /// What a node of the network is called: like the module that a weight belongs to, or like the operator.
  func name(_ node: ONNXNode, weight: Int? = nil) -> String {
    if let weight, let name = node.input(weight), name.hasSuffix(".weight") { return String(name.dropLast(7)) }
    var parts = node.name.split(separator: "/").map(String.init)
    if parts.count > 1, let last = parts.last, last == node.type || last.hasPrefix(node.type + "_") {
      parts.removeLast()
    }
    return parts.isEmpty ? node.type.lowercased() : parts.joined(separator: "/")
  }
}
