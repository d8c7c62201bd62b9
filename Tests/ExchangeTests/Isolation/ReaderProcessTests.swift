import Exchange
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

  @Test func whatIsPrintedArrives() throws {
    #expect(try start("printf 'a%s' b; echo not this >&2").text() == "ab")
    let process = try start("printf 12345678")
    var bytes = [UInt8](repeating: 0, count: 8)
    try bytes.withUnsafeMutableBytes { try process.fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<3])) }
    try bytes.withUnsafeMutableBytes { try process.fill(UnsafeMutableRawBufferPointer(rebasing: $0[3...])) }
    try process.finish()
    #expect(String(decoding: bytes, as: UTF8.self) == "12345678")
  }

  @Test func anOrdinaryErrorIsPassedOn() throws {
    let refusal = try failure("echo part; echo 'Error: a.h5: expected this, found that' >&2; exit 66")
    #expect(refusal?.exitCode == 66)
    #expect(refusal?.message == "a.h5: expected this, found that")
    // Longer than a pipe holds, and than anybody reads.
    let long = try failure("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 65")
    #expect(long?.exitCode == 65 && long?.message.count == 65536)
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

  @Test func timeIsLimited() throws {
    let limits = ReaderLimits(memory: 1 << 30, processorTime: 1)
    #expect(try failure("while :; do :; done", limits)?.message.contains("took more than 1 s") ?? false)
  }

  @Test func waitingIsLimited() throws {
    var limits = Self.generous
    limits.wallTime = 1
    #expect(try failure("exec sleep 100", limits)?.message.contains("was ended") ?? false)
    #expect(try failure("exec >&-; exec sleep 100", limits)?.message.contains("was ended") ?? false)
    #expect(try failure("exec >&- 2>&-; exec sleep 100", limits)?.message.contains("was ended") ?? false)
  }

  @Test func memoryIsLimited() throws {
    // tail keeps all of a line: half a gigabyte, where a quarter is allowed.
    let line = "head -c 500000000 /dev/zero | tail -n 1 | wc -c"
    let limits = ReaderLimits(memory: 1 << 28, processorTime: 20)
    #expect(try start(line, limits).text() == "0\n")
  }

  @Test func outputIsLimited() throws {
    let process = try start("exec head -c 5000000 /dev/zero")
    let failure = #expect(throws: ReaderFailure.self) { try process.text(limit: 1 << 20) }
    #expect(failure?.message.contains("printed more than") ?? false)
  }

  @Test func aProgramThatIsNotThere() throws {
    let process = try ReaderProcess("/nowhere/advlab", [], file: "a.h5", limits: Self.generous)
    let failure = #expect(throws: ReaderFailure.self) { try process.text() }
    #expect(failure?.message.contains("/nowhere/advlab") ?? false)
  }

  @Test func limitsGrowWithTheFile() {
    #expect(ReaderLimits(fileBytes: 1000).memory >> 20 == 1024)
    #expect(ReaderLimits(fileBytes: 1 << 30).memory == 33 << 30)
    #expect(ReaderLimits(fileBytes: .max).processorTime < 1 << 20)
  }
}
