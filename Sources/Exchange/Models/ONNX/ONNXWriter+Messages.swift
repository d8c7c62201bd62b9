import Networks

/// The messages of onnx.proto. A comment names the fields of the numbers below it.
extension ONNXWriter {
  /// The operator set. 17 is the first with `LayerNormalization`, and every runtime of today has it. GELU (`Gelu`, from 20)
  /// and group normalisation (`GroupNormalization`, of use from 21) are written in the simpler operators of which
  /// PyTorch's exporter makes them: onnxruntime recognises them, and older runtimes compute them.
  static let operatorSet = 17
  /// The version of the file format that came with this operator set.
  static let formatVersion = 8

  /// `TensorProto.DataType`.
  private enum ElementType: Int {
    case float = 1
    case int64 = 7
  }

  /// The bytes that the initializers' numbers take in the file: all but a little of it.
  var constantBytes: Int { initializers.reduce(0) { $0 + $1.numbers.byteCount } }

  /// The bytes of the file: a `ModelProto`.
  func modelBytes() -> [UInt8] {
    var operatorSet = ProtobufWriter()
    // version
    operatorSet.append(2, Self.operatorSet)
    var model = ProtobufWriter()
    // ir_version, producer_name, producer_version, graph, opset_import
    model.append(1, Self.formatVersion)
    model.append(2, ONNXFormat.producer)
    model.append(3, Provenance.programVersion)
    model.append(7, graph())
    model.append(8, operatorSet)
    return model.bytes
  }

  private func graph() -> ProtobufWriter {
    var graph = ProtobufWriter()
    // node, name, initializer, input, output
    for step in steps { graph.append(1, Self.message(step)) }
    graph.append(2, "network")
    for initializer in initializers { graph.append(5, Self.message(initializer)) }
    graph.append(11, Self.valueInfo(Self.inputName, network.inputShape.extents))
    graph.append(12, Self.valueInfo(outputName, network.outputShape.extents))
    return graph
  }

  private static func message(_ step: Step) -> ProtobufWriter {
    var node = ProtobufWriter()
    // input, output, name, op_type, attribute
    for input in step.inputs { node.append(1, input) }
    node.append(2, step.output)
    node.append(3, step.name)
    node.append(4, step.type)
    for (name, value) in step.attributes { node.append(5, message(name, value)) }
    return node
  }

  private static func message(_ name: String, _ value: Attribute) -> ProtobufWriter {
    var attribute = ProtobufWriter()
    attribute.append(1, name)
    // f, i, s, ints; then type, a case of AttributeType
    switch value {
    case .float(let number):
      attribute.append(2, number)
      attribute.append(20, 1)
    case .int(let number):
      attribute.append(3, number)
      attribute.append(20, 2)
    case .text(let text):
      attribute.append(4, text)
      attribute.append(20, 3)
    case .ints(let numbers):
      for number in numbers { attribute.append(8, number) }
      attribute.append(20, 7)
    }
    return attribute
  }

  private static func message(_ initializer: Initializer) -> ProtobufWriter {
    var tensor = ProtobufWriter()
    // dims, data_type, name, raw_data
    for extent in initializer.shape { tensor.append(1, extent) }
    switch initializer.numbers {
    case .floats(let numbers):
      tensor.append(2, ElementType.float.rawValue)
      tensor.append(8, initializer.name)
      tensor.append(9, littleEndian: numbers)
    case .integers(let numbers):
      tensor.append(2, ElementType.int64.rawValue)
      tensor.append(8, initializer.name)
      tensor.append(9, littleEndian: numbers)
    }
    return tensor
  }

  /// A `ValueInfoProto` of single precision, of any number of examples of a shape.
  private static func valueInfo(_ name: String, _ extents: [Int]) -> ProtobufWriter {
    var batch = ProtobufWriter()
    // dim_param
    batch.append(2, "batch")
    var shape = ProtobufWriter()
    // dim
    shape.append(1, batch)
    for extent in extents {
      var dimension = ProtobufWriter()
      // dim_value
      dimension.append(1, extent)
      shape.append(1, dimension)
    }
    var tensor = ProtobufWriter()
    // elem_type, shape
    tensor.append(1, ElementType.float.rawValue)
    tensor.append(2, shape)
    var type = ProtobufWriter()
    // tensor_type
    type.append(1, tensor)
    var value = ProtobufWriter()
    // name, type
    value.append(1, name)
    value.append(2, type)
    return value
  }
}
