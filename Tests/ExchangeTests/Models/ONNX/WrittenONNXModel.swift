/// As much of an ONNX model as tests of the writer look at, read by the rules of protobuf's encoding alone.
struct WrittenONNXModel {
  struct Node {
    let name: String
    let type: String
    let inputs: [String]
    let outputs: [String]
    /// Whole numbers by attribute; numbers and texts are left out.
    let integers: [String: [Int]]
  }

  let nodes: [Node]
  /// Extents by name.
  let initializers: [String: [Int]]
  /// The whole numbers of initializers that hold such.
  let integers: [String: [Int]]
  let inputs: [String]
  let outputs: [String]

  init(_ bytes: [UInt8]) {
    let model = Message(bytes)
    let graph = Message(model.bytes(7)[0])
    nodes = graph.bytes(1).map { bytes in
      let node = Message(bytes)
      let attributes = node.bytes(5).map { Message($0) }
      return Node(
        name: node.texts(3)[0], type: node.texts(4)[0], inputs: node.texts(1), outputs: node.texts(2),
        integers: Dictionary(uniqueKeysWithValues: attributes.map { ($0.texts(1)[0], $0.numbers(3) + $0.numbers(8)) }))
    }
    let tensors = graph.bytes(5).map { Message($0) }
    initializers = Dictionary(uniqueKeysWithValues: tensors.map { ($0.texts(8)[0], $0.numbers(1)) })
    integers = Dictionary(
      uniqueKeysWithValues: tensors.filter { $0.numbers(2) == [7] }.map { tensor in
        let raw = tensor.bytes(9)[0]
        let numbers = stride(from: 0, to: raw.count, by: 8).map { start in
          raw[start..<start + 8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
        return (tensor.texts(8)[0], numbers.map(Int.init))
      })
    inputs = graph.bytes(11).map { Message($0).texts(1)[0] }
    outputs = graph.bytes(12).map { Message($0).texts(1)[0] }
  }

  /// The node of that name.
  func node(_ name: String) -> Node? { nodes.first { $0.name == name } }

  /// The fields of a message.
  private struct Message {
    private var varints: [Int: [Int]] = [:]
    private var chunks: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) {
      var rest = bytes[...]
      func varint() -> Int {
        var value = 0
        var shift = 0
        while let byte = rest.popFirst() {
          value |= Int(byte & 0x7F) << shift
          shift += 7
          if byte < 0x80 { break }
        }
        return value
      }
      while !rest.isEmpty {
        let key = varint()
        switch key & 7 {
        case 0: varints[key >> 3, default: []].append(varint())
        case 2:
          let count = varint()
          chunks[key >> 3, default: []].append(Array(rest.prefix(count)))
          rest = rest.dropFirst(count)
        default: rest = rest.dropFirst(4)
        }
      }
    }

    func numbers(_ field: Int) -> [Int] { varints[field] ?? [] }
    func bytes(_ field: Int) -> [[UInt8]] { chunks[field] ?? [] }
    func texts(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }
  }
}
