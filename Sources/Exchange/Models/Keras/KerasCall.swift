/// One call of a layer.
struct KerasCall: Sendable {
  /// What it is called on, in order.
  private(set) var operands: [KerasOperand<KerasTensorReference>] = []
  /// Further arguments that change the result, by name; one that has none is under "".
  private(set) var arguments: [String: JSONValue] = [:]

  /// The tensors it is called on.
  var inputs: [KerasTensorReference] { operands.compactMap(\.tensor) }
}

/// What a layer is called on: a tensor, or numbers where it is a plain function such as the division of `x / 255`.
enum KerasOperand<Tensor: Sendable>: Sendable {
  case tensor(Tensor)
  case numbers(JSONValue)

  var tensor: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  var numbers: JSONValue? {
    if case .numbers(let numbers) = self { numbers } else { .none }
  }
}

/// An output of a call of a layer.
struct KerasTensorReference: Hashable, Sendable {
  let layer: String
  let call: Int

  /// Reads `[layer, call, tensor]`.
  init(_ json: JSONValue, at place: String) throws {
    guard let parts = json.array, parts.count >= 3, let layer = parts[0].string, let call = parts[1].integer,
      call >= 0, let tensor = parts[2].integer
    else { throw KerasFailure("expected [layer, call, tensor], found \(json.summary)", at: place) }
    guard tensor == 0 else { throw KerasFailure("output \(tensor) of layer '\(layer)' is not supported", at: place) }
    self.layer = layer
    self.call = call
  }
}

extension KerasCall {
  /// The arguments by whose names plain functions take what they are called on.
  private static let operandNames: Set<String> = ["x", "y", "x1", "x2", "bias"]

  /// Reads a call: in Keras 2 a list of `[layer, call, tensor, arguments]`, in Keras 3 an object of `args` and `kwargs`
  /// with tensors in them.
  init(_ json: JSONValue, at place: String) throws {
    if let members = json.object {
      for argument in members["args"]?.array ?? [] { collect(argument, name: "") }
      collect(arguments: members["kwargs"])
    } else {
      // A call of a plain function with one tensor is one level flatter.
      let list = json.array ?? []
      for entry in list.first?.string == nil ? list : [json] {
        if let parts = entry.array, parts.count >= 3, parts[0] == "_CONSTANT_VALUE" {
          collect(parts[2], name: "")
        } else {
          operands.append(.tensor(try KerasTensorReference(entry, at: place)))
        }
        collect(arguments: entry.array?.dropFirst(3).first)
      }
    }
    guard !operands.isEmpty || !arguments.isEmpty else { throw KerasFailure("expected a call with inputs", at: place) }
  }

  private mutating func collect(arguments: JSONValue?) {
    for (key, value) in (arguments?.object ?? [:]).sorted(by: { $0.key < $1.key }) { collect(value, name: key) }
  }

  private mutating func collect(_ json: JSONValue, name: String) {
    let isOperand = name.isEmpty || Self.operandNames.contains(name)
    // Keras 3 writes an array as an object around its values.
    let isArray = ["__numpy__", "__tensor__"].contains(json.object?["class_name"]?.string)
    let content = isArray ? json.object?["config"]?.object?["value"] ?? .null : json
    if Self.beginsWithNumber(content) {
      if isOperand, content.numbers != nil { operands.append(.numbers(content)) } else { arguments[name] = json }
      return
    }
    switch json {
    case .object(let members) where members["class_name"]?.string == "__keras_tensor__":
      let history = members["config"]?.object?["keras_history"] ?? .null
      if let reference = try? KerasTensorReference(history, at: "") { operands.append(.tensor(reference)) }
    case .array(let elements):
      if isOperand, let reference = try? KerasTensorReference(json, at: "") {
        operands.append(.tensor(reference))
      } else {
        for element in elements { collect(element, name: name) }
      }
    // These arguments are those of inference.
    case .null, .boolean(false): break
    case .boolean(true), .number, .string, .object: arguments[name] = json
    }
  }

  private static func beginsWithNumber(_ json: JSONValue) -> Bool {
    var json = json
    while let first = json.array?.first { json = first }
    return json.number != nil
  }
}
