import Arguments
import Testing

/// A command line over an earlier one.
@Suite struct MergingTests {
  private struct Work: Command {
    static let configuration = CommandConfiguration(commandName: "work")

    @Option(short: "n") var number: Int?
    @Option var list: [String] = []
    @Option var name: String?
    @Flag var quiet: Bool
    @Flag(inversion: .prefixedNo) var isolate = true

    init() {}
  }

  private func merged(_ words: [String], over earlier: [String]) throws -> [String] {
    try Parser.merging(words, over: earlier, dropping: ["quiet"], for: Work.self)
  }

  @Test func whatIsGivenReplacesWhatWas() throws {
    #expect(try merged([], over: ["--number", "3", "--name", "a b"]) == ["--number=3", "--name=a b"])
    #expect(try merged(["--number=4"], over: ["--number", "3", "--name", "x"]) == ["--name=x", "--number=4"])
    #expect(try merged(["-n", "4"], over: ["--number", "3"]) == ["-n", "4"])
    #expect(try merged(["--list", "c"], over: ["--list", "a", "--list", "b"]) == ["--list=c"])
    #expect(try merged(["--isolate"], over: ["--no-isolate"]) == ["--isolate"])
    let all = ["--no-isolate", "--list=a", "--list=b"]
    #expect(try merged([], over: ["--no-isolate", "--list", "a", "--list", "b"]) == all)
  }

  @Test func whatIsDroppedStaysAway() throws {
    #expect(try merged([], over: ["--quiet", "--number=-3"]) == ["--number=-3"])
    #expect(try merged(["--quiet"], over: ["--quiet"]) == ["--quiet"])
  }

  @Test func othersAreRefused() throws {
    #expect(throws: (any Error).self) { try merged([], over: ["--nosuch", "3"]) }
    #expect(throws: (any Error).self) { try merged(["word"], over: []) }
  }
}
