import Exchange
import Glibc
import Testing

/// Ctrl-C, as a person at a terminal types it.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct InterruptionTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// An attack that takes minutes.
  private func endless(_ options: String...) -> [String] {
    ["attack", "--pgd", "--eps", "0.1", "--no-early-stop", "--threads", "2", "--output", "adv.h5"] + options
  }

  @Test func anAttackKeepsWhatIsFinished() throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      endless("--steps", "4000", "--batch-size", "4"), in: directory, errors: .path(terminal.path))
    try child.poll("a finished batch") {
      terminal.update()
      return terminal.text.contains(#/ [1-9]\d* of 360 examples/#)
    }
    child.send(SIGINT)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 130)
    #expect(terminal.text.contains(/Error: interrupted after \d+ of 360 examples/), "\(terminal.text)")
    #expect(ending.output.contains(/partial: \d+ of 360 examples were finished/))
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect((4..<360).contains(set.examples.count))
    #expect(ending.output.contains("partial: \(set.examples.count) of 360"))
    #expect(try directory.names() == ["adv.h5"])
    #expect(try Child.run("verify", "adv.h5", in: directory).code == 0)
  }

  @Test func anAttackThatFinishedNothingWritesNothing() throws {
    try directory.write("adv.h5", [1, 2, 3])
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      endless("--steps", "1000000", "--batch-size", "360", "--json"), in: directory, errors: .path(terminal.path))
    try child.poll("the beginning") {
      terminal.update()
      return terminal.text.contains(" 0 of 360 examples")
    }
    child.send(SIGINT)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 130)
    #expect(terminal.text.contains("Error: interrupted before the first batch was finished; nothing was written"))
    #expect(try directory.read("adv.h5") == [1, 2, 3])
    let report = try JSONValue.parse(ending.output)
    #expect(report["count"] == .number(0))
    #expect(report["clean_accuracy"] == .null)
    #expect(report["robust_accuracy"] == .null)
  }

  @Test func trainingKeepsTheWeightsSoFar() throws {
    let child = try Child.start(
      ["train", "--architecture", "mlp:hidden=8", "--epochs", "100000", "--output", "m.h5", "--quiet"], in: directory)
    try child.poll("an epoch") { child.outputSoFar.contains("\n    1 ") }
    child.send(SIGINT)
    let ending = try child.wait()
    #expect(ending.code == 130)
    #expect(ending.errors.contains(/^Error: interrupted after \d+ of 100000 epochs; the weights so far are in m.h5\n$/))
    let model = try ModelFile.read(from: directory.file("m.h5"))
    let record = try JSONValue.parse(try #require(model.trainingRecord))
    #expect(record["is_complete"] == .bool(false))
    #expect(record["epochs"]?.elements.isEmpty == false)
    #expect(try Child.run("attack", "--fgsm", "--eps", "0.1", "--model", "m.h5", in: directory).code == 0)
  }

  @Test(arguments: [("", true), ("1", false)])
  func progressRespectsNoColor(variable: String, isStyled: Bool) throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      endless("--steps", "1000000", "--batch-size", "360"), in: directory, errors: .path(terminal.path),
      environment: ["NO_COLOR": variable, "TERM": "xterm", "COLUMNS": "70"])
    try child.poll("progress") {
      terminal.update()
      return terminal.text.contains("\u{1B}[K")
    }
    child.send(SIGINT)
    _ = try child.wait(at: terminal)
    #expect(terminal.text.contains("\u{1B}[2m") == isStyled, "\(terminal.text)")
  }

  @Test func quietShowsNoProgress() throws {
    let terminal = try PseudoTerminal()
    // Long enough for several redraws: the time is that of 20 examples, a thousand gradients each.
    let child = try Child.start(
      endless("--steps", "1000", "--count", "20", "--quiet"), in: directory, errors: .path(terminal.path))
    #expect(try child.wait(at: terminal).code == 0)
    #expect(terminal.text.isEmpty)
  }
}
