import Arguments
import Testing

/// `@Option`, `@Argument` and `@Flag`: what a property holds with and without a default, before and after parsing.
@Suite struct DeclarationTests {
  struct Tool: Command {
    static let configuration = CommandConfiguration()
    @Option var optional: Int?
    @Option var withDefault = 5
    @Option var list: [Int] = [1, 2]
    @Option var neededList: [String]
    @Flag var plain: Bool
    @Flag(inversion: .prefixedNo) var threeWay = false
    @Flag var preset: Preset = .pgd
    @Argument var word: String?
    @Argument var rest: [Double] = []
  }

  @Test func defaults() throws {
    let tool = try parsed(Tool.self, "--needed-list", "a")
    #expect(tool.optional == nil && tool.withDefault == 5 && tool.list == [1, 2] && tool.neededList == ["a"])
    #expect(!tool.plain && !tool.threeWay && tool.preset == .pgd && tool.word == nil && tool.rest.isEmpty)
  }

  @Test func values() throws {
    let tool = try parsed(
      Tool.self, "--needed-list", "a", "--list", "7", "--needed-list=b", "--list", "8", "--optional", "-1", "--plain",
      "--three-way", "--fgsm", "w", "1", "2")
    // The default of an array is replaced, not extended.
    #expect(tool.list == [7, 8] && tool.neededList == ["a", "b"] && tool.optional == -1)
    #expect(tool.plain && tool.threeWay && tool.preset == .fgsm && tool.word == "w" && tool.rest == [1, 2])
  }

  @Test func anArrayWithoutDefaultMustBeGiven() {
    let termination = Program.execute(root: Tool.self, arguments: ["w"], columns: 80)
    #expect(
      termination.errorOutput.hasPrefix("Error: Missing expected argument '--needed-list <needed-list> ...'\nUsage: "))
  }

  @Test func propertiesCanBeSetByHand() {
    let tool = Tool()
    tool.withDefault = 6
    tool.plain = true
    #expect(tool.withDefault == 6 && tool.plain)
  }

  @Test func defaultsInHelp() {
    let help = Program.execute(root: Tool.self, arguments: ["-h"], columns: 80).output
    #expect(help.contains("  --list <list>           (default: 1, 2)\n"))
    #expect(help.contains("--three-way/--no-three-way\n                          (default: --no-three-way)\n"))
    #expect(help.contains("  --fgsm                  One step.\n"))
    #expect(help.contains("  --pgd                   Projected gradient descent. (default: --pgd)\n"))
  }

  @Test func aRequiredChoiceNamesItsFlags() {
    struct Choosing: Command {
      static let configuration = CommandConfiguration()
      @Flag var preset: Preset
    }
    let termination = Program.execute(root: Choosing.self, arguments: ["--"], columns: 80)
    #expect(
      termination.errorOutput.hasPrefix("Error: Missing one of: '--fgsm', '--pgd'\nUsage: choosing --fgsm --pgd\n"))
  }
}
