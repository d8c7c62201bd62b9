import Arguments
import Testing

@Suite struct SchemaTests {
  @Test func groupsAreReadInPlaceOfTheirProperty() throws {
    struct Inner: OptionGroup {
      @Option var depth = 2
    }
    struct Outer: OptionGroup {
      static let title = "Outer"
      var inner = Inner()
      @Flag var wide: Bool
    }
    struct Tool: Command {
      static let configuration = CommandConfiguration()
      @Option var first = 1
      var outer = Outer()
      @Option var last = 3
    }
    let help = Program.execute(root: Tool.self, arguments: ["-h"], columns: 80).output
    #expect(help.contains("USAGE: tool [--first <first>] [--depth <depth>] [--wide] [--last <last>]\n"))
    #expect(help.contains("OUTER:\n  --depth <depth>         (default: 2)\n  --wide\n"))
    #expect(try parsed(Tool.self, "--depth", "9").outer.inner.depth == 9)
  }

  @Test func theFirstMissingArgumentIsReported() {
    guard case .missing(let arguments) = problem(Convert.self) else {
      Issue.record("nothing is missing")
      return
    }
    #expect(arguments.map(\.valueName) == ["in"])
  }

  /// A command may use `-h` for itself; `--help` stays.
  @Test func declaredNamesPrecedeBuiltInOnes() throws {
    struct Tool: Command {
      static let configuration = CommandConfiguration()
      @Option(short: "h") var height = 1
    }
    #expect(try parsed(Tool.self, "-h", "3").height == 3)
    #expect(Program.execute(root: Tool.self, arguments: ["--help"], columns: 80).output.hasPrefix("USAGE: tool"))
  }
}
