import Glibc
import Isolation
import Testing

/// The process alone, with lines of the shell for the program that reads.
@Suite struct ReaderProcessTests {
  private static let generous = ReaderLimits(memory: 1 << 30, processorTime: 20)

  private func start(_ line: String, _ limits: ReaderLimits = generous) throws -> ReaderProcess {
    try ReaderProcess("/bin/sh", ["-c", line], file: "a.h5", limits: limits)
  }

  private func failure(_ line: String, _ limits: ReaderLimits = generous) throws -> ReaderFailure? {
    try #require(throws: ReaderFailure.self) { try start(line, limits).text() }
  }

  @Test func theOutputIsReturned() throws {
    #expect(try start("printf 'a%s' b; echo not this >&2").text() == "ab")
    let process = try start("printf 12345678")
    var bytes = [UInt8](repeating: 0, count: 8)
    try bytes.withUnsafeMutableBytes { try process.fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<3])) }
    try bytes.withUnsafeMutableBytes { try process.fill(UnsafeMutableRawBufferPointer(rebasing: $0[3...])) }
    try process.finish()
    #expect(String(decoding: bytes, as: UTF8.self) == "12345678")
  }

  /// The real time of one question is limited, not that between two.
  @Test func questionsAreAnswered() throws {
    var limits = Self.generous
    limits.wallTime = 2
    let process = try start("while read line; do printf '%s' \"$line\"; done", limits)
    for question in ["ab", "cd"] {
      usleep(1_200_000)
      try Array("\(question)\n".utf8).withUnsafeBytes { try process.ask($0) }
      var bytes = [UInt8](repeating: 0, count: 2)
      try bytes.withUnsafeMutableBytes { try process.fill($0) }
      #expect(String(decoding: bytes, as: UTF8.self) == question)
    }
  }

  @Test func aProcessThatEndedCannotBeAsked() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_IGN)
      let process = try ReaderProcess(
        "/bin/sh", ["-c", "echo 'Error: no' >&2; exit 66"], file: "a.h5",
        limits: ReaderLimits(memory: 1 << 30, processorTime: 20))
      let failure = #expect(throws: ReaderFailure.self) {
        // What was asked before it ended is in the pipe.
        for _ in 0..<1000 {
          try [UInt8](repeating: 0, count: 1 << 10).withUnsafeBytes { try process.ask($0) }
          usleep(1000)
        }
      }
      #expect(failure?.message == "no" && failure?.exitCode == 66)
    }
  }

  @Test func anOrdinaryErrorIsPassedOn() throws {
    let refusal = try failure("echo part; echo 'Error: a.h5: expected this, found that' >&2; exit 66")
    #expect(refusal?.exitCode == 66)
    #expect(refusal?.message == "a.h5: expected this, found that")
    // Longer than a pipe holds, and than anybody reads.
    let long = try failure("printf 'Error: ' >&2; head -c 300000 /dev/zero | tr '\\0' x >&2; exit 65")
    #expect(long?.exitCode == 65 && long?.message.count == 65536 - 7)
  }

  /// Nothing else has the lab's codes: a missing library, a shell that lacks something.
  @Test(arguments: [(2, "Error: a"), (127, "Error: a"), (66, "cannot open shared object"), (130, ""), (0, "")])
  func messagesWithOtherExitCodesAreNotPassedOn(code: Int, text: String) throws {
    let ending = try #require(
      throws: ReaderFailure.self,
      performing: {
        let process = try start("echo '\(text)' >&2; exit \(code)")
        var byte: UInt8 = 0
        try withUnsafeMutableBytes(of: &byte) { try process.fill($0) }
      })
    #expect(ending.exitCode == 65)
    let line = text.isEmpty ? "" : ": \(text)"
    #expect(
      ending.message == "a.h5: reading it, in a process of its own, ended without a result (exit code \(code))\(line)")
  }

  @Test(arguments: [4, 6, 7, 11]) func aCrashIsContained(signal: Int) throws {
    let crash = try failure("echo part; kill -\(signal) $$")
    #expect(crash?.exitCode == 65)
    #expect(crash?.message.contains("a.h5: reading it, in a process of its own, crashed (signal \(signal))") ?? false)
  }

  @Test func anEndInTheMiddleIsAnError() throws {
    let process = try start("printf 123")
    var bytes = [UInt8](repeating: 0, count: 4)
    let failure = #expect(throws: ReaderFailure.self) { try bytes.withUnsafeMutableBytes { try process.fill($0) } }
    #expect(failure?.message.contains("ended without a result") ?? false)
  }

  /// Whoever kills the process, it is not the file's fault.
  @Test(arguments: [1, 2, 9, 10, 15]) func aKillFromOutsideIsNotBlamedOnTheFile(signal: Int) throws {
    let ending = try failure("echo part; kill -\(signal) $$")
    #expect(ending?.exitCode == 1)
    #expect(ending?.message.contains("was ended from outside (signal \(signal))") ?? false, "\(ending as Any)")
    #expect(ending?.message.contains("took more than") == false)
  }

  /// By the signal that comes at the limit, or by the one that nobody can catch.
  @Test(arguments: ["ulimit -t 1", "trap '' XCPU; ulimit -S -t 1; ulimit -H -t 2"])
  func timeIsLimited(limit: String) throws {
    let limits = ReaderLimits(memory: 1 << 30, processorTime: 1)
    let late = try failure("\(limit); while :; do :; done", limits)
    #expect(late?.exitCode == 65)
    #expect(late?.message.contains("took more than 1 s") ?? false, "\(late as Any)")
  }

  @Test func waitingIsLimited() throws {
    var limits = Self.generous
    limits.wallTime = 1
    #expect(try failure("exec sleep 100", limits)?.message.contains("was ended") ?? false)
    #expect(try failure("exec >&-; exec sleep 100", limits)?.message.contains("was ended") ?? false)
    #expect(try failure("exec >&- 2>&-; exec sleep 100", limits)?.message.contains("was ended") ?? false)
  }

  /// In a process of its own, which keeps them.
  @Test func limitsAreLoweredAndNeverRaised() async {
    await #expect(processExitsWith: .success) {
      func limit(_ resource: __rlimit_resource) -> rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(resource.rawValue), &limit)
        return limit
      }
      try ReaderLimits(memory: 1 << 40, processorTime: 50).apply()
      #expect((limit(RLIMIT_AS).rlim_cur, limit(RLIMIT_AS).rlim_max) == (1 << 40, 1 << 40))
      #expect((limit(RLIMIT_CPU).rlim_cur, limit(RLIMIT_CPU).rlim_max) == (50, 55))
      #expect(limit(RLIMIT_CORE).rlim_cur == 0)
      // What is lower stays.
      try ReaderLimits(memory: 1 << 50, processorTime: 1000).apply()
      #expect(limit(RLIMIT_AS).rlim_cur == 1 << 40 && limit(RLIMIT_CPU).rlim_cur == 50)
      let lowered = ReaderLimits(memory: 1 << 50, processorTime: 1000).loweredToOwn
      #expect(lowered.memory == 1 << 40 && lowered.processorTime == 50)
      #expect(ReaderLimits(memory: 1 << 30, processorTime: 9).loweredToOwn.memory == 1 << 30)
    }
  }

  @Test func outputIsLimited() throws {
    let process = try start("exec head -c 5000000 /dev/zero")
    let failure = #expect(throws: ReaderFailure.self) { try process.text(limit: 1 << 20) }
    #expect(failure?.message.contains("printed more than") ?? false)
  }

  @Test func aProgramThatIsNotThere() throws {
    let failure = #expect(throws: ReaderFailure.self) {
      try ReaderProcess("/nowhere/advlab", [], file: "a.h5", limits: Self.generous)
    }
    #expect(failure?.message.contains("/nowhere/advlab") ?? false)
    #expect(failure?.exitCode == 1)
  }

  @Test func limitsGrowWithTheFile() {
    #expect(ReaderLimits(fileBytes: 1000).memory >> 20 == 1024)
    #expect(ReaderLimits(fileBytes: 1 << 30).memory == 33 << 30)
    #expect(ReaderLimits(fileBytes: .max).processorTime < 1 << 20)
  }
}
