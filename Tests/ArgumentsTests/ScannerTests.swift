import Arguments
import Testing

/// The grammar: what is an option, what is a value.
@Suite struct ScannerTests {
  @Test func longOptions() throws {
    #expect(try parsed(Attack.self, "--steps", "3").steps == 3)
    #expect(try parsed(Attack.self, "--steps=3").steps == 3)
    #expect(try parsed(Attack.self, "--output=a=b").output == "a=b")
    #expect(try parsed(Attack.self, "--output=").output?.isEmpty == true)
    #expect(problem(Attack.self, "--step", "3") == .unknownOption("--step"))
  }

  @Test func shortOptions() throws {
    #expect(try parsed(Attack.self, "-o", "x").output == "x")
    #expect(try parsed(Attack.self, "-o=x").output == "x")
    #expect(try parsed(Attack.self, "-s5").seed == 5)
    #expect(try parsed(Attack.self, "-s", "5").seed == 5)
    guard case .missingValue(_, .short("o")) = problem(Attack.self, "-ox") else {
      Issue.record("-o is not declared joined")
      return
    }
  }

  @Test func bundles() throws {
    let both = try parsed(Attack.self, "-jq")
    #expect(both.json && both.quiet)
    let withValue = try parsed(Attack.self, "-jo", "x", "-qs7")
    #expect(withValue.json && withValue.quiet && withValue.output == "x" && withValue.seed == 7)
    #expect(problem(Attack.self, "-jzq") == .unknownOption("-z"))
    #expect(problem(Attack.self, "-j=1") == .valueForFlag(.short("j"), value: "1"))
  }

  @Test func optionsStandAnywhere() throws {
    for words in [["--count", "2", "hi"], ["hi", "--count", "2"], ["--count=2", "--", "hi"]] {
      guard case .run(let command as Repeat, _) = try Parser(root: Repeat.self).parse(words) else {
        Issue.record("not run: \(words)")
        continue
      }
      #expect(command.count == 2 && command.phrase == "hi" && !command.includeCounter)
    }
  }

  @Test func terminatorAndLoneDash() throws {
    #expect(try parsed(Repeat.self, "--", "-x").phrase == "-x")
    #expect(try parsed(Repeat.self, "--", "--").phrase == "--")
    #expect(try parsed(Repeat.self, "-").phrase == "-")
    #expect(try parsed(Attack.self, "-o", "-").output == "-")
    #expect(problem(Repeat.self, "--", "a", "-b") == .unexpectedWords(["-b"]))
  }

  @Test(arguments: ["-0.5", "-1e-3", "-inf", "-.5", "-7"])
  func negativeNumbers(text: String) throws {
    #expect(try parsed(Attack.self, "--step-size", text).stepSize == Double(text))
    #expect(try parsed(Attack.self, "--step-size=" + text).stepSize == Double(text))
    #expect(try parsed(Average.self, "1", text, "--kind", "mode").values == [1, Double(text) ?? .nan])
  }

  @Test func negativeNumbersOnlyWhereNumbersAreExpected() {
    #expect(problem(Repeat.self, "-5") == .unknownOption("-5"))
    guard case .missingValue = problem(Attack.self, "--output", "-5") else {
      Issue.record("-5 is not a file")
      return
    }
    guard case .missingValue = problem(Attack.self, "--steps", "-foo") else {
      Issue.record("-foo is not a number")
      return
    }
  }

  /// A declared option keeps its meaning, even where a number is expected.
  @Test func declaredOptionsAreNotNumbers() throws {
    struct Digits: Command {
      static let configuration = CommandConfiguration()
      @Flag(short: "1") var one: Bool
      @Argument var values: [Int] = []
    }
    let command = try parsed(Digits.self, "-1", "-2")
    #expect(command.one && command.values == [-2])
  }

  @Test func repetition() throws {
    #expect(try parsed(Attack.self, "--targets", "a", "-t", "b", "--targets=c").targets == ["a", "b", "c"])
    #expect(problem(Attack.self, "--seed", "1", "--seed", "1") == .repeatedOption(.long("seed")))
    #expect(try parsed(Attack.self, "--json", "-j").json)
  }

  @Test func everyWordOfHostileInputIsAnswered() {
    let words = ["", "-", "--", "---", "=", "--=", "-=", "--=x", "-ß", "--ß=", "\u{0}", "-\u{301}", "--steps", "-1"]
    for first in words {
      for second in words {
        let termination = Program.lab("attack", first, second)
        #expect([0, 2, 64].contains(termination.exitCode), "\(first) \(second)")
      }
    }
  }
}
