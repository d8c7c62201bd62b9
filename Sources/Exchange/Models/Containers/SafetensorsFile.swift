import Networks

/// A safetensors file, or the index of several: a header in JSON, then the scalars of all tensors, row by row.
///
/// The header says for each tensor its type, shape and range of bytes. The ranges are not trusted: together they must
/// cover the data once, without a gap. https://github.com/huggingface/safetensors
struct SafetensorsFile: TensorContainer {
  static let name = "safetensors"

  let tensors: [(components: [String], tensor: any StoredTensor)]
  /// The format's own writer sorts tensors by type and name.
  let keepsOrder = false
  let architecture: String?

  /// The most bytes of a header, which lists a few hundred bytes for each tensor.
  private static let headerLimit = JSONValue.byteLimit
  private static let metadata = "__metadata__"
  private static let architectureKey = "architecture"
  static let indexEnding = ".safetensors.index.json"

  static func recognises(_ path: String) -> Bool {
    guard !path.lowercased().hasSuffix(".safetensors"), !path.lowercased().hasSuffix(indexEnding) else { return true }
    guard let file = try? InputFile(path), let start = try? file.read(atMost: 9), start.count == 9 else { return false }
    return start[8] == UInt8(ascii: "{") && (2...max(2, file.size - 8)).contains(length(start))
  }

  /// The header's length, as the first eight bytes have it: never negative.
  private static func length(_ start: [UInt8]) -> Int {
    Int(clamping: start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  init(_ path: String) throws {
    guard !path.lowercased().hasSuffix(Self.indexEnding) else {
      let files = try SafetensorsIndex(path).files()
      tensors = try files.flatMap { file, names in try Self.tensors(of: file, listed: names, index: path) }
      architecture = nil
      return
    }
    let file = try InputFile(path)
    let (header, data) = try Self.header(of: file)
    architecture = header[Self.metadata]?.object?[Self.architectureKey]?.string
    let entries = try header.filter { $0.key != Self.metadata }.map { name, value in
      try SafetensorsTensor(path: name, value, dataStart: data, file: file)
    }
    guard !entries.isEmpty else { throw ExchangeError(file: path, expected: "tensors", found: "none in the header") }
    try Self.checkCoverage(entries, of: data..<file.size, path)
    tensors = entries.sorted { NaturalOrder.precedes($0.path, $1.path) }.map { ($0.components, $0) }
  }

  /// The tensors of one part of an index; all of them, and no others, are listed there.
  private static func tensors(
    of file: String, listed names: Set<String>, index: String
  ) throws -> [(components: [String], tensor: any StoredTensor)] {
    let tensors = try SafetensorsFile(file).tensors
    let found = Set(tensors.map(\.tensor.path))
    guard found == names else {
      let odd = found.symmetricDifference(names).sorted().prefix(4).joined(separator: ", ")
      throw ExchangeError(file: index, expected: "the tensors of \(file)", found: "a list that differs in \(odd)")
    }
    return tensors
  }

  /// The header's members, and the offset of the data.
  private static func header(of file: InputFile) throws -> (members: [String: JSONValue], data: Int) {
    let start = try file.read(atMost: 8, from: 0)
    guard start.count == 8 else {
      throw ExchangeError(file: file.path, expected: "a safetensors file", found: "\(start.count) bytes")
    }
    let length = length(start)
    guard length <= file.size - 8, length <= headerLimit else {
      let most = min(file.size - 8, headerLimit)
      throw ExchangeError(
        file: file.path, expected: "a header of at most \(most) bytes", found: "one of \(length): cut short?")
    }
    let header = try JSONValue(try file.read(atMost: length, from: 8))
    guard let members = header.object else {
      throw ExchangeError(
        file: file.path, expected: "a header that is an object of JSON", found: header.summary)
    }
    return (members, 8 + length)
  }

  /// Each byte of the data belongs to exactly one tensor.
  private static func checkCoverage(_ tensors: [SafetensorsTensor], of data: Range<Int>, _ path: String) throws {
    var position = data.lowerBound
    for tensor in tensors.sorted(by: {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }) {
      guard tensor.bytes.lowerBound == position else {
        throw ExchangeError(
          file: path, object: tensor.path, expected: "data from byte \(position - data.lowerBound) on, without a gap",
          found: "data from byte \(tensor.bytes.lowerBound - data.lowerBound) on")
      }
      position = tensor.bytes.upperBound
    }
    guard position == data.upperBound else {
      throw ExchangeError(
        file: path, expected: "\(position - data.lowerBound) bytes of data, as the header lists",
        found: "\(data.count)")
    }
  }

  /// Writes tensors as the format's own library does: whole numbers of 64 bits first, so that all are aligned.
  static func write(_ tensors: [NamedTensor], architecture: String, to path: String) throws {
    let ordered = tensors.filter(\.isCounter) + tensors.filter { !$0.isCounter }
    var header: [String: JSONValue] = [
      metadata: ["format": "pt", architectureKey: .string(architecture)]
    ]
    var data: [UInt8] = []
    for tensor in ordered {
      let start = data.count
      data += tensor.littleEndianBytes
      header[tensor.name] = [
        "dtype": .string(tensor.isCounter ? "I64" : "F32"), "shape": JSONValue(tensor.extents),
        "data_offsets": JSONValue([start, data.count]),
      ]
    }
    var text = Array(try JSONValue.object(header).text().utf8)
    // The data begin at a multiple of 8.
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    try PlainFile.replace(path, with: withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data)
  }
}
