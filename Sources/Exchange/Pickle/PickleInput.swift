/// The bytes of pickles, in memory or in a file that is read in blocks, with a position that moves on.
package struct PickleInput {
  /// The file, and the entry of an archive, that messages name.
  let path: String
  let entry: String?
  /// The offset of the next byte.
  private(set) var position = 0

  private let file: InputFile?
  private let size: Int
  /// The bytes from `windowStart`: all of them in memory, a block of a file.
  private var window: [UInt8]
  private var windowStart = 0

  private static let blockBytes = 1 << 16

  /// Bytes in memory.
  package init(_ bytes: [UInt8], path: String, entry: String? = nil) {
    (self.path, self.entry, file, size, window) = (path, entry, nil, bytes.count, bytes)
  }

  /// The bytes of a file.
  init(_ file: InputFile) {
    (path, entry, self.file, size, window) = (file.path, nil, file, file.size, [])
  }

  /// The number of bytes that are left.
  var remaining: Int { size - position }

  mutating func byte() throws(ExchangeError) -> UInt8 {
    try require(1)
    if position - windowStart >= window.count { try fill() }
    defer { position += 1 }
    return window[position - windowStart]
  }

  /// The next bytes; no memory is taken for more than there are.
  mutating func bytes(_ count: Int) throws(ExchangeError) -> [UInt8] {
    try require(count)
    defer { position += count }
    let start = position - windowStart
    if count <= window.count - start { return Array(window[start..<start + count]) }
    guard let bytes = try file?.read(atMost: count, from: position), bytes.count == count else { throw cutShort(count) }
    return bytes
  }

  /// An unsigned integer, least significant byte first; the largest `Int` for what is larger.
  mutating func integer(_ count: Int) throws(ExchangeError) -> Int {
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(try byte()) << (8 * UInt64(index)) }
    return Int(clamping: value)
  }

  /// The bytes up to the end of the line, which is passed.
  mutating func line() throws(ExchangeError) -> [UInt8] {
    var line: [UInt8] = []
    while true {
      let byte = try byte()
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
    }
  }

  private func require(_ count: Int) throws(ExchangeError) {
    guard count <= remaining else { throw cutShort(count) }
  }

  private mutating func fill() throws(ExchangeError) {
    windowStart = position
    window = try file?.read(atMost: Self.blockBytes, from: position) ?? []
    guard !window.isEmpty else { throw cutShort(1) }
  }

  private func cutShort(_ count: Int) -> ExchangeError {
    ExchangeError(
      file: path, object: entry, expected: "\(count) more byte\(count == 1 ? "" : "s") of a pickle at byte \(position)",
      found: "the end after \(remaining)")
  }
}
