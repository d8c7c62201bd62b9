import Arguments
import Testing

@Suite struct UsageTests {
  /// Twelve visible arguments are listed, thirteen are not; hidden ones do not count.
  @Test func twelveArgumentsAreListedThirteenAreNot() {
    func usage(options: Int, required: [ArgumentDescription] = []) -> String {
      let flags = (0..<options).map { index in
        ArgumentDescription.sample(.flag, [.long("o\(index)")]) { $0.isOptional = true }
      }
      let hidden = ArgumentDescription.sample(.flag, [.long("hidden")]) { $0.shouldDisplay = false }
      return CommandDescription.sample("tool", flags + required + [hidden]).usage
    }
    let file = ArgumentDescription.sample(.positional) { $0.valueName = "file" }
    let eps = ArgumentDescription.sample(.option, [.short("e"), .long("eps")]) { $0.valueName = "pixels" }
    #expect(usage(options: 0) == "tool")
    #expect(usage(options: 12) == "tool " + (0..<12).map { "[--o\($0)]" }.joined(separator: " "))
    #expect(usage(options: 13) == "tool <options>")
    #expect(usage(options: 11, required: [file]).hasSuffix("[--o10] <file>"))
    #expect(usage(options: 12, required: [file, eps]) == "tool [<options>] <file> --eps <pixels>")
  }

  @Test func everyShapeOfArgument() {
    let command = CommandDescription.sample(
      "tool",
      [
        .sample(.option, [.short("n")]) { $0.valueName = "count" },
        .sample(.option, [.long("label")]) {
          $0.valueName = "x"
          $0.isOptional = true
          $0.isRepeating = true
        },
        .sample(.positional) {
          $0.valueName = "files"
          $0.isRepeating = true
        },
      ])
    #expect(command.usage == "tool -n <count> [--label <x> ...] <files> ...")
  }

  @Test func requiredArgumentsOfACommand() {
    let usage = "Usage: lab convert <in> <out> --to <to> --overwrite --no-overwrite\n"
    #expect(Program.lab("convert", "--nonsense").errorOutput.contains(usage))
  }
}
