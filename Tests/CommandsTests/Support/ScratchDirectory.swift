import FoundationEssentials
import Glibc

/// A directory that vanishes with its last reference.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/advlab-commands-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScratchFailure("mkdtemp: \(errno)") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of a file in it.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of the files in it that a program left there, partial ones included.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix("stream-") }.sorted()
  }

  /// The names in a directory of it.
  func contents(of name: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: file(name)) }

  /// The bytes of the largest file in it that is being written.
  var largestPartialFile: Int {
    let partial = ((try? names()) ?? []).filter { $0.hasSuffix(".partial") }
    return partial.map { name in
      var status = stat()
      return stat(file(name), &status) == 0 ? Int(status.st_size) : 0
    }.max() ?? 0
  }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    guard FileManager.default.createFile(atPath: file(name), contents: Data(bytes)) else {
      throw ScratchFailure("cannot write \(name)")
    }
    return file(name)
  }

  /// Removes a file.
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  /// The bytes of a file.
  func read(_ name: String) throws -> [UInt8] { try bytes(ofFile: file(name)) }
}

/// The bytes of a file.
func bytes(ofFile path: String) throws -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else { throw ScratchFailure("cannot read \(path)") }
  return Array(data)
}

struct ScratchFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
