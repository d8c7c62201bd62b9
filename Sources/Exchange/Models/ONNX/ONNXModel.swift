/// What a file of the Open Neural Network Exchange holds, as far as networks need it.
///
/// Field numbers are those of onnx.proto. https://github.com/onnx/onnx/blob/main/docs/IR.md
struct ONNXModel {
  /// The version of the operators of each domain; the standard one has the name "".
  private(set) var opsets: [String: Int] = [:]
  private(set) var producer = ""
  private(set) var graph: ONNXGraph?

  /// More of anything than a network has: what is read costs memory that the file's size bounds by a factor.
  static let countLimit = 1 << 18

  init(_ file: [UInt8]) throws {
    try ProtobufMessage(file).forEachField { number, value in
      switch number {
      case 2: producer = try value.text(in: file)
      case 7: graph = try ONNXGraph(try value.message(in: file))
      case 8: try readOpset(try value.message(in: file))
      default: break
      }
    }
  }

  private mutating func readOpset(_ message: ProtobufMessage) throws {
    var (domain, version) = ("", 0)
    try message.forEachField { number, value in
      switch number {
      case 1: domain = try value.text(in: message.file)
      case 2: version = try value.integer()
      default: break
      }
    }
    // The standard domain goes by two names.
    opsets[domain == "ai.onnx" ? "" : domain] = version
  }
}

/// Nodes, constants, inputs and outputs.
struct ONNXGraph {
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  private(set) var hasSparseInitializers = false
  private(set) var inputs: [ONNXValueInfo] = []
  private(set) var outputs: [ONNXValueInfo] = []

  init(_ message: ProtobufMessage) throws {
    let file = message.file
    var count = 0
    try message.forEachField { number, value in
      count += 1
      guard count <= ONNXModel.countLimit else { throw ProtobufError("more than \(ONNXModel.countLimit) parts") }
      switch number {
      case 1: nodes.append(try ONNXNode(try value.message(in: file), index: nodes.count))
      case 5: initializers.append(try ONNXTensor(try value.message(in: file)))
      case 11: inputs.append(try ONNXValueInfo(try value.message(in: file)))
      case 12: outputs.append(try ONNXValueInfo(try value.message(in: file)))
      case 15: hasSparseInitializers = true
      default: break
      }
    }
  }
}

/// The name, type and shape of an input or output.
struct ONNXValueInfo {
  private(set) var name = ""
  /// The element type as a number of `ONNXTensor`; nil where it is no tensor.
  private(set) var elementType: Int?
  /// The extents, nil where one is open; nil where the shape is not stated.
  private(set) var shape: [Int?]?

  init(_ message: ProtobufMessage) throws {
    let file = message.file
    try message.forEachField { number, value in
      switch number {
      case 1: name = try value.text(in: file)
      case 2:
        try (try value.message(in: file)).forEachField { number, value in
          if number == 1 { try readTensorType(try value.message(in: file)) }
        }
      default: break
      }
    }
  }

  private mutating func readTensorType(_ message: ProtobufMessage) throws {
    let file = message.file
    try message.forEachField { number, value in
      switch number {
      case 1: elementType = try value.integer()
      case 2:
        var extents: [Int?] = []
        try (try value.message(in: file)).forEachField { number, value in
          guard number == 1, extents.count < 64 else { return }
          var extent: Int?
          try (try value.message(in: file)).forEachField { number, value in
            if number == 1 { extent = try value.integer() }
          }
          extents.append(extent)
        }
        shape = extents
      default: break
      }
    }
  }
}
