internal import Exchange
internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Files that hold what `--json` printed.
enum PrintedJSON {
  /// Larger than any such file.
  private static let largest = 100_000_000

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - expected: What it should hold, for the message.
  ///   - found: What is said of one that does not hold it.
  /// - Returns: The value.
  /// - Throws: `ExchangeError` where it cannot be read, or holds something else.
  static func value<Value: Decodable>(inFile path: String, expected: String, otherwise found: String) throws -> Value {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0 else {
      throw ExchangeError(kind: .missing, file: path, message: "cannot be read")
    }
    guard status.st_size <= largest, let data = FileManager.default.contents(atPath: path),
      let value: Value = try? StandardOutput.value(ofJSON: [UInt8](data))
    else { throw ExchangeError(file: path, object: "the file", expected: expected, found: found) }
    return value
  }
}
