#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The most memory that this process has had.
enum PeakMemory {
  /// Bytes; nil where the system does not report it.
  ///
  /// `getrusage` is of no use here: its peak includes the memory of the process that started this one.
  static var ofThisProcess: Int? {
    guard let status = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
    // "VmHWM:    12345 kB"
    let words = lines.first { $0.hasPrefix("VmHWM:") }?.split { $0.isWhitespace } ?? []
    return words.count == 3 ? Int(words[1]).map { $0 << 10 } : nil
  }
}
