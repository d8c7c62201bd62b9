import Exchange

/// A value to be pickled in protocol 2, as `torch.save` would.
indirect enum Pickled: Sendable {
  case none
  case integer(Int)
  case text(String)
  case list([Pickled])
  case tuple([Pickled])
  case dictionary([(Pickled, Pickled)])
  case global(String, String)
  case call(Pickled, [Pickled])
  case persistent(Pickled)

  /// A dictionary with texts as keys.
  static func named(_ entries: [(String, Pickled)]) -> Pickled { .dictionary(entries.map { (.text($0.0), $0.1) }) }

  /// A tensor of a storage, whose numbers are counted from its beginning.
  static func tensor(
    key: String = "0", count: Int, offset: Int = 0, _ shape: [Int], strides: [Int], storage: String = "FloatStorage",
    device: String = "cpu", more: [Pickled] = []
  ) -> Pickled {
    let reference: [Pickled] = [
      .text("storage"), .global("torch", storage), .text(key), .text(device), .integer(count),
    ]
    return .call(
      .global("torch._utils", "_rebuild_tensor_v2"),
      [
        .persistent(.tuple(reference)), .integer(offset), .tuple(shape.map(Pickled.integer)),
        .tuple(strides.map(Pickled.integer)), .integer(0), .dictionary([]),
      ] + more)
  }

  /// The whole pickle.
  var bytes: [UInt8] { [0x80, 2] + code + [0x2E] }

  private var code: [UInt8] {
    switch self {
    case .none: [0x4E]
    // LONG1 with eight bytes.
    case .integer(let value): [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    case .text(let text):
      [0x58] + (0..<4).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) } + Array(text.utf8)
    case .list(let items): [0x5D, 0x28] + items.flatMap(\.code) + [0x65]
    case .tuple(let items): [0x28] + items.flatMap(\.code) + [0x74]
    case .dictionary(let entries): [0x7D, 0x28] + entries.flatMap { $0.code + $1.code } + [0x75]
    case .global(let module, let name): Array("c\(module)\n\(name)\n".utf8)
    case .call(let callable, let arguments): callable.code + Pickled.tuple(arguments).code + [0x52]
    case .persistent(let value): value.code + [0x51]
    }
  }
}

extension Pickle {
  /// A value as Python would show it; no deeper than some levels.
  func described(_ value: PickleValue, levels: Int = 8) -> String {
    func list(_ values: [PickleValue]) -> String {
      values.map { described($0, levels: levels - 1) }.joined(separator: ", ")
    }
    guard levels > 0 else { return "…" }
    switch value {
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return "\(value)"
    case .wideInteger(let bytes): return "wide\(bytes)"
    case .number(let value): return "\(value)"
    case .text(let text): return "'\(text)'"
    case .bytes(let bytes): return "b\(bytes)"
    case .object(let index):
      switch objects[index] {
      case .list(let items): return "[\(list(items))]"
      case .tuple(let items): return "(\(list(items)))"
      case .dictionary(let entries):
        return "{" + entries.map { "\(list([$0.key])): \(list([$0.value]))" }.joined(separator: ", ") + "}"
      case .global(let global): return "\(global)"
      case .call(let global, let arguments, let state):
        return "\(global)(\(list(arguments)))" + (state.map { " with \(list([$0]))" } ?? "")
      case .persistent(let value): return "@\(list([value]))"
      }
    }
  }
}

/// The bytes of hexadecimal digits.
func hexadecimal(_ digits: String) -> [UInt8] {
  let values = digits.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
  return stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}

/// The characters of a text as bytes; none is above 255.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
