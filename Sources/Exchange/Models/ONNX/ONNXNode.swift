/// One operator of a graph.
struct ONNXNode {
  /// Its place in the file.
  let index: Int
  private(set) var name = ""
  private(set) var type = ""
  private(set) var domain = ""
  /// The names of values; "" for an optional input that is not there.
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  private(set) var attributes: [String: ONNXAttribute] = [:]

  init(_ message: ProtobufMessage, index: Int) throws {
    self.index = index
    let file = message.file
    try message.forEachField { number, value in
      switch number {
      case 1: inputs.append(try value.text(in: file))
      case 2: outputs.append(try value.text(in: file))
      case 3: name = try value.text(in: file)
      case 4: type = try value.text(in: file)
      case 5:
        let attribute = try ONNXAttribute(try value.message(in: file))
        attributes[attribute.name] = attribute
      case 7:
        domain = try value.text(in: file)
        if domain == "ai.onnx" { domain = "" }
      default: break
      }
    }
  }

  /// Its type, with its domain where that is not the standard one.
  var typeName: String { domain.isEmpty ? type : "\(type) of \(domain)" }

  /// The name of an input; nil where it is left out.
  func input(_ index: Int) -> String? {
    inputs.indices.contains(index) && !inputs[index].isEmpty ? inputs[index] : nil
  }

  func integer(_ name: String, _ standard: Int) -> Int { attributes[name]?.integer ?? standard }
  func float(_ name: String, _ standard: Float) -> Float { attributes[name]?.float ?? standard }
  func text(_ name: String, _ standard: String) -> String { attributes[name]?.text ?? standard }
  func integers(_ name: String) -> [Int]? { attributes[name]?.integers }
  func floats(_ name: String) -> [Float]? { attributes[name]?.floats }
}

/// A constant of a node.
struct ONNXAttribute {
  private(set) var name = ""
  private(set) var float: Float?
  private(set) var integer: Int?
  private(set) var text: String?
  private(set) var tensor: ONNXTensor?
  private(set) var floats: [Float]?
  private(set) var integers: [Int]?
  /// Whether it is a graph within the graph, a branch or the body of a loop.
  private(set) var isGraph = false

  init(_ message: ProtobufMessage) throws {
    let file = message.file
    var type = 0
    try message.forEachField { number, value in
      switch number {
      case 1: name = try value.text(in: file)
      case 2: float = try value.float()
      case 3: integer = try value.integer()
      case 4: text = String(decoding: file[try value.bytes()], as: UTF8.self)
      case 5: tensor = try ONNXTensor(try value.message(in: file))
      case 6, 11: isGraph = true
      case 7: floats = (floats ?? []) + (try value.floats(in: file))
      case 8: integers = (integers ?? []) + (try value.integers(in: file))
      case 20: type = try value.integer()
      default: break
      }
    }
    // Some writers leave out a value of 0, and a list without elements is never written.
    switch type {
    case 1: float = float ?? 0
    case 2: integer = integer ?? 0
    case 6: floats = floats ?? []
    case 7: integers = integers ?? []
    default: break
    }
  }
}
