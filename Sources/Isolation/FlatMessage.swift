public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What was read from a file, as plain bytes that pass from one process to another: a head, columns of whole numbers
/// and tensors. The receiver does not trust it: every size is checked before memory is allocated.
///
/// The bytes: the mark `advlab 1`; the length of the head and the head in JSON; the number of columns, and for each its
/// length and values; the number of tensors, and for each its rank, extents and scalars. Numbers are 64-bit integers,
/// scalars single precision, both in the order of the machine, on which both processes run.
public struct FlatMessage<Head: Codable> {
  /// Everything but the arrays.
  public let head: Head
  /// Whole numbers, one per example.
  public let columns: [[Int]]
  /// Images, weights.
  public let tensors: [Tensor<Float>]

  /// Puts a message together.
  public init(head: Head, columns: [[Int]] = [], tensors: [Tensor<Float>] = []) {
    self.head = head
    self.columns = columns
    self.tensors = tensors
  }

  /// Passes the bytes to `write`, array by array.
  public func write(to write: (UnsafeRawBufferPointer) throws -> Void) throws {
    try Array(flatMark.utf8).withUnsafeBytes(write)
    let head = [UInt8](try JSONEncoder.keepingNonFiniteNumbers().encode(head))
    try put([head.count], write)
    try head.withUnsafeBytes(write)
    try put([columns.count], write)
    for column in columns {
      try put([column.count], write)
      try put(column, write)
    }
    try put([tensors.count], write)
    for tensor in tensors {
      try put([tensor.shape.rank] + tensor.shape.extents, write)
      try tensor.withUnsafeScalars { try write(UnsafeRawBufferPointer($0)) }
    }
  }

  /// Reads the bytes by `fill`, which fills a buffer completely or throws. `limit` is the most that the sender can
  /// hold: the memory limit of a reading process, which follows from the size of its file.
  ///
  /// - Throws: `FlatMessageError` where the bytes are none of a message, or announce more than `limit` bytes.
  public init(limit: Int, from fill: @escaping (UnsafeMutableRawBufferPointer) throws -> Void) throws {
    var source = FlatSource(room: limit, fill: fill)
    guard try source.bytes(flatMark.utf8.count) == Array(flatMark.utf8) else { throw FlatMessageError("no mark") }
    let text = try source.bytes(try source.count("head", most: 1 << 30))
    do {
      head = try JSONDecoder.keepingNonFiniteNumbers().decode(Head.self, from: Data(text))
    } catch {
      throw FlatMessageError("a head that is not understood: \(error)")
    }
    columns = try (0..<(try source.count("columns", most: 1 << 10))).map { _ in
      try source.array(try source.count("column", most: 1 << 40))
    }
    tensors = try (0..<(try source.count("tensors", most: 1 << 20))).map { _ in
      let shape = Shape(try source.array(try source.count("rank", most: 16)))
      guard let count = shape.checkedCount else { throw FlatMessageError("the shape \(shape)") }
      return Tensor(shape: shape, scalars: try source.array(count))
    }
  }

  private func put(_ numbers: [Int], _ write: (UnsafeRawBufferPointer) throws -> Void) throws {
    try numbers.withUnsafeBytes(write)
  }
}

/// Bytes that are not a message.
public struct FlatMessageError: Error, Equatable, CustomStringConvertible {
  private let found: String

  /// Says what was found.
  package init(_ found: String) { self.found = found }

  /// What was found.
  public var description: String { "expected what a file holds, found \(found)" }
}

private let flatMark = "advlab 1"

/// Reads arrays from a stream of bytes and counts how many more there may be.
private struct FlatSource {
  var room: Int
  let fill: (UnsafeMutableRawBufferPointer) throws -> Void

  mutating func count(_ what: String, most: Int) throws -> Int {
    let count: Int = try array(1)[0]
    guard (0...most).contains(count) else { throw FlatMessageError("\(count) for the size of \(what)") }
    return count
  }

  mutating func bytes(_ count: Int) throws -> [UInt8] { try array(count) }

  mutating func array<Element: BitwiseCopyable>(_ count: Int) throws -> [Element] {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, size <= room else { throw FlatMessageError("more bytes than its reader may have") }
    room -= size
    return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]))
      initialized = count
    }
  }
}
