internal import Glibc
package import Networks

/// The memory that this process may still take. What a network needs is compared with it before anything is allocated,
/// because an allocation that fails, at once or when the memory is first used, ends the process.
package enum MemoryLimit {
  /// The free memory in bytes: the least of what the machine, the control group and `ulimit -v` allow.
  package static var remaining: Int {
    let used = pagesInUse
    var limits = [sysconf(Int32(_SC_PHYS_PAGES)) * pageSize - used.resident]
    if let available = number(in: "/proc/meminfo", after: "MemAvailable:") { limits.append(available << 10) }
    if let limit = number(in: "/sys/fs/cgroup/memory.max", after: "") { limits.append(limit - used.resident) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, let most = Int(exactly: limit.rlim_cur) {
      limits.append(most - used.virtual)
    }
    return max(0, limits.min() ?? 0)
  }

  /// Throws where more is needed than remains.
  package static func check(_ bytes: Int, for what: String, remaining: Int = remaining) throws(NetworkError) {
    guard bytes > remaining else { return }
    throw NetworkError(
      node: "", expected: "a network that fits into memory, of which \(text(remaining)) are left",
      found: "one that needs \(text(bytes)) \(what)")
  }

  /// `4.8 GB`.
  static func text(_ bytes: Int) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB")] where bytes >= unit {
      let tenths = bytes / (unit / 10)
      return "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return "\(bytes / 1000) kB"
  }

  private static let pageSize = sysconf(Int32(_SC_PAGESIZE))

  private static var pagesInUse: (virtual: Int, resident: Int) {
    let fields = start(of: "/proc/self/statm").split(separator: " ").compactMap { Int($0) }
    return fields.count > 1 ? (fields[0] * pageSize, fields[1] * pageSize) : (0, 0)
  }

  private static func number(in path: String, after name: String) -> Int? {
    let line = start(of: path).split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { Int($0.dropFirst(name.count).drop { $0 == " " }.prefix { $0.isNumber }) }
  }

  /// The first bytes of a system file; empty where it does not exist.
  private static func start(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }
}
