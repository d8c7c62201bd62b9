import Glibc

/// How many processes the kernel has ended because memory ran out: in the control group of this process where it has one
/// with a limit of its own, else in the whole machine.
///
/// A signal does not say who sent it, and reading the kernel's log needs privileges. A count that has risen while a
/// process ran is the best evidence there is.
package enum MemoryKills {
  /// The count up to now; nil where it is not known.
  package static var count: Int? {
    // Version 2 of control groups: "0::/path".
    let group = text("/proc/self/cgroup").split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3)
    if let group, let count = count(in: text("/sys/fs/cgroup\(group)/memory.events")) { return count }
    return count(in: text("/proc/vmstat"))
  }

  /// The value of `oom_kill` in a system file.
  package static func count(in table: String) -> Int? {
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "oom_kill" { return Int(words[1]) }
    }
    return nil
  }

  /// The likely reason why a signal ended a process.
  package static func explanation(ofSignal signal: Int32, countBefore: Int?) -> String {
    guard signal == SIGKILL else { return "was ended from outside (signal \(signal))" }
    guard let countBefore, let count else {
      return "was ended from outside (signal \(signal)): perhaps the machine ran out of memory"
    }
    return count > countBefore
      ? "was ended by the system (signal \(signal)), which had run out of memory"
      : "was ended from outside (signal \(signal)), and not for want of memory"
  }

  /// The first bytes of a system file; empty where it does not exist.
  private static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = read(descriptor, &block, block.count), count > 0, bytes.count < 1 << 18 {
      bytes += block[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
