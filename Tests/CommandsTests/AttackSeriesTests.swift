import Exchange
import Glibc
import Testing

/// `attack` with several radii or a defence, and what `evaluate` has in common with it.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct AttackSeriesTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func report(_ words: String...) throws -> JSONValue {
    let ending = try Child.start(words + ["--json", "--quiet"], in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  @Test func severalRadiiAreSeveralAttacks() throws {
    let series = try report("attack", "--pgd", "--steps", "5", "--eps", "0.05,0.1", "--count", "80")
    #expect(series["command"] == .string("attack"))
    let radii = series["radii"]?.elements ?? []
    #expect(radii.count == 2)
    for (radius, epsilon) in zip(radii, ["0.05", "0.1"]) {
      let one = try report("attack", "--pgd", "--steps", "5", "--eps", epsilon, "--count", "80")
      let entry = try #require(radius["attacks"]?.elements.first)
      #expect(entry["robust_accuracy"] == one["robust_accuracy"] && entry["attack"] == one["attack"])
      #expect(radius["clean_accuracy"] == one["clean_accuracy"])
    }
    let table = try Child.run("attack", "--fgsm", "--eps", "0.05,0.1", in: directory)
    #expect(table.output.contains("\neps = 0.05\n") && table.output.contains("\neps = 0.1\n"))
    let required = try Child.run(
      "attack", "--fgsm", "--eps", "0.01,0.2", "--require-robust-accuracy", "0.5", in: directory)
    #expect(required.code == 2 && required.errors.contains("at eps = 0.2 is below"))
  }

  @Test func aDefenceIsAttackedTwice() throws {
    let words = ["--eps", "0.1", "--preprocess", "median:size=2", "--count", "60"]
    let attack = try Child.start(["attack", "--pgd", "--json", "--quiet"] + words, in: directory).wait()
    let suite = try Child.start(["evaluate", "--suite", "pgd", "--json", "--quiet"] + words, in: directory).wait()
    let (one, other) = (try JSONValue.parse(attack.output), try JSONValue.parse(suite.output))
    #expect(one["radii"]?.elements.first?["union"] == other["radii"]?.elements.first?["union"])
    #expect(one["defence"] == other["defence"] && one["defence"] != nil)
  }

  /// What is set is set for every attack that has it.
  @Test func optionsOfAttacksBelongToSuites() throws {
    let report = try report(
      "evaluate", "--eps", "0.1", "--steps", "7", "--draws", "3", "--restarts", "2", "--count", "40")
    let attacks = (report["radii"]?.elements.first?["attacks"]?.elements ?? []).compactMap { $0["attack"] }
    #expect(attacks.filter { $0["name"] == .string("pgd") }.allSatisfy { $0["steps"] == .number(7) })
    #expect(
      attacks.filter { $0["name"] == .string("pgd") }.compactMap { $0["loss"]?.string } == ["cross-entropy", "margin"])
    #expect(attacks.first { $0["name"] == .string("noise") }?["draws"] == .number(3))
    let margin = try self.report("evaluate", "--eps", "0.1", "--loss", "margin", "--suite", "quick", "--count", "40")
    let names = (margin["radii"]?.elements.first?["attacks"]?.elements ?? []).compactMap {
      $0["attack"]?["name"]?.string
    }
    #expect(names == ["fgsm", "pgd"], "the same attack does not run twice")
  }

  @Test func targetedSuitesShowTheirSuccess() throws {
    let words = ["--eps", "0.2", "--targets", "next", "--count", "80"]
    let one = try Child.start(["attack", "--pgd", "--json", "--quiet"] + words, in: directory).wait()
    let suite = try Child.start(["evaluate", "--suite", "pgd", "--json", "--quiet"] + words, in: directory).wait()
    let (attack, evaluation) = (try JSONValue.parse(one.output), try JSONValue.parse(suite.output))
    let entry = try #require(evaluation["radii"]?.elements.first?["attacks"]?.elements.first)
    #expect(attack["success_rate"] == entry["success_rate"] && entry["success_rate"]?.number ?? 0 > 0)
    #expect(evaluation["targets"] == .string("next"))
    for words in [["attack", "--pgd"] + words, ["evaluate", "--suite", "pgd"] + words] {
      let table = try Child.start(words, in: directory).wait()
      #expect(table.output.contains("success rate") && table.output.contains("target  the class after the label"))
    }
  }

  @Test func theExamplesOfASuiteAreThoseOfItsUnion() throws {
    let report = try report("evaluate", "--eps", "0.1", "--count", "120", "--output", "adv.h5")
    let union = report["radii"]?.elements.first?["union"]
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect(Double(set.examples.count { $0.status == "robust" }) / 120 == union?["robust_accuracy"]?.number)
    #expect(try JSONValue.parse(set.attack).elements.count == 4)
    let verified = try Child.run("verify", "adv.h5", "--data", SampleFiles.digits, in: directory)
    #expect(verified.code == 0, "\(verified.output)")
  }

  /// The rows of finished attacks appear before the others are run, and stay when those are interrupted.
  @Test(arguments: [false, true]) func whatIsFinishedIsKept(json: Bool) throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      [
        "evaluate", "--eps", "0.1", "--suite", "fgsm,pgd", "--steps", "1000000", "--no-early-stop", "--output",
        "adv.h5",
      ] + (json ? ["--json"] : []), in: directory, errors: .path(terminal.path))
    try child.poll("the second attack") {
      terminal.update()
      return terminal.text.contains("Projected gradient descent, eps 0.1")
    }
    #expect(json || child.outputSoFar.contains("\nFast gradient method "), "a row appears before the next attack")
    child.send(SIGINT)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 130)
    #expect(
      terminal.text.contains("interrupted after 0 of 1 radius and 1 of 2 attacks of the next"), "\(terminal.text)")
    if json {
      let radius = try #require(try JSONValue.parse(ending.output)["radii"]?.elements.first)
      #expect(radius["attacks"]?.elements.count == 1 && radius["attacks_requested"] == .number(2))
    } else {
      #expect(ending.output.contains("\nworst of 1 attack ") && ending.output.contains("partial: 1 of 2 attacks were"))
    }
    #expect(try Child.run("verify", "adv.h5", in: directory).code == 0)
  }

  /// Tables fit the terminal, and lose nothing in a file.
  @Test func terminalsOfEightyColumns() throws {
    let commands = [
      ["attack", "--pgd", "--eps", "0.1", "--targets", "next"], ["evaluate", "--eps", "0.1", "--steps", "60"],
      ["evaluate", "--eps", "0.1", "--suite", "fgsm", "--preprocess", "median:size=2"],
      ["evaluate", "--eps", "0.1", "--detector", "feature-squeezing:bits=3", "--count", "30"],
      ["inspect", SampleFiles.model],
    ]
    for words in commands {
      let terminal = try PseudoTerminal()
      let child = try Child.start(
        words, in: directory, output: .path(terminal.path), errors: .captured,
        environment: ["COLUMNS": "80", "TERM": "xterm"])
      let ending = try child.wait(at: terminal)
      #expect(ending.code == 0, "\(ending.errors)")
      let lines = terminal.text.split { $0.isNewline }
      let table = lines.drop { !$0.contains("──") }.prefix { !$0.hasPrefix("robust accuracy") }
      #expect(table.count > 1 && table.allSatisfy { $0.count <= 80 }, "\(words): \(terminal.text)")
      let whole = try Child.start(words, in: directory, environment: ["COLUMNS": "80"]).wait()
      #expect(whole.output.split(separator: "\n").contains { $0.count > 80 }, "\(whole.output)")
    }
  }

  @Test func progressNamesAttackAndRadius() throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      ["evaluate", "--eps", "8/255", "--suite", "pgd", "--steps", "100000", "--no-early-stop"], in: directory,
      errors: .path(terminal.path), environment: ["COLUMNS": "100", "TERM": "xterm", "NO_COLOR": "1"])
    try child.poll("progress with the time that is left") {
      terminal.update()
      // By passes: there is an estimate long before an example is finished.
      return terminal.text.contains(#/Projected gradient descent, eps 8\/255  0 of 360 examples \(0 %\)  .+ left/#)
    }
    child.send(SIGINT)
    #expect(try child.wait(at: terminal).code == 130)
  }
}
