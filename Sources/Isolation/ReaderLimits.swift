import Glibc
import Wording

/// What a process that reads a file may use: enough for any real file of that size, too little to harm the machine.
public struct ReaderLimits: Hashable, Sendable {
  /// Bytes of address space, the program itself included (some 90 MB).
  public var memory: Int
  /// Seconds of processor time.
  public var processorTime: Int

  /// Seconds of real time, for a process that waits forever.
  public var wallTime: Int

  /// Sets limits; the real time is ten times the processor time, to allow for a busy machine.
  public init(memory: Int, processorTime: Int) {
    self.memory = memory
    self.processorTime = processorTime
    wallTime = 10 * processorTime
  }

  /// The limits for a file or directory of that many bytes: compressed pixels of one byte, which become scalars of four
  /// and are copied on the way, grow by some twenty; decompression takes some 100 MB a second.
  public init(fileBytes: Int) {
    let size = max(0, min(fileBytes, 1 << 40))
    self.init(memory: 1 << 30 + size * 32, processorTime: 20 + size >> 22)
  }

  /// These limits, or where this process has lower ones, those.
  public var loweredToOwn: ReaderLimits {
    var limits = self
    limits.memory = min(memory, Self.own(RLIMIT_AS))
    limits.processorTime = min(processorTime, Self.own(RLIMIT_CPU))
    return limits
  }

  /// Puts this process under the limits, or leaves it under lower ones that it has. It also switches off core dumps,
  /// because a crash is expected.
  public func apply() throws {
    try Self.lower(RLIMIT_CORE, to: 0, room: 0)
    try Self.lower(RLIMIT_AS, to: memory, room: 0)
    // At the soft limit comes SIGXCPU, which tells the reason, and some seconds later SIGKILL, which cannot be caught.
    try Self.lower(RLIMIT_CPU, to: processorTime, room: 5)
  }

  /// What this process may use.
  private static func own(_ resource: __rlimit_resource) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return .max }
    return Int(clamping: limit.rlim_cur)
  }

  private static func lower(_ resource: __rlimit_resource, to value: Int, room: Int) throws {
    var limit = rlimit()
    let code = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(code, &limit) == 0 else { throw failure() }
    limit.rlim_max = min(limit.rlim_max, rlim_t(value + room))
    limit.rlim_cur = min(limit.rlim_cur, rlim_t(value))
    guard setrlimit(code, &limit) == 0 else { throw failure() }
  }

  private static func failure() -> ReaderFailure {
    ReaderFailure(exitCode: 1, message: "cannot limit what the reading process may use: \(systemMessage(errno))")
  }
}
