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

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func anAttackKeepsWhatIsFinished(signal: Int32) throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      endless("--steps", "4000", "--batch-size", "4"), in: directory, errors: .path(terminal.path))
    try child.poll("a finished batch") {
      terminal.update()
      return terminal.text.contains(#/ [1-9]\d* of 360 examples/#)
    }
    child.send(signal)
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
      endless("--steps", "1000000", "--batch-size", "360", "--json", "--force"), in: directory,
      errors: .path(terminal.path))
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

  /// Reading this file takes the 20 s of its limit.
  private func endlessFile() throws -> String {
    let corpus = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fuzz/Corpus/"
    return try directory.write("hang.h5", Array(try bytes(ofFile: corpus + "hang").dropFirst()))
  }

  /// One that has ended, but that nobody has asked after, is still known to the system.
  private func isAlive(_ process: pid_t) -> Bool {
    let status = (try? bytes(ofFile: "/proc/\(process)/stat")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let state = status.split(separator: ") ").last?.first else { return false }
    return state != "Z" && state != "X"
  }

  /// All that have nothing to show before they are done, with the process that reads for them.
  @Test(
    arguments: [
      ["inspect"], ["convert", "--to", "native", "out.h5"], ["predict", "--output", "out.h5", "--model"],
      ["gradient", "--output", "out.h5", "--model"], ["gradcheck", "--model"],
      ["attack", "--fgsm", "--eps", "0.1", "--output", "out.h5", "--model"],
    ], [SIGINT, SIGTERM, SIGHUP])
  func everyCommandEndsAtOnce(command: [String], signal: Int32) throws {
    let file = try endlessFile()
    // `convert` takes the file before its output.
    let words = command[0] == "convert" ? ["convert", file] + command.dropFirst() : command + [file]
    let child = try Child.start(words, in: directory)
    var reader: pid_t?
    try child.poll("the reading process") {
      reader = child.children.first
      return reader != nil
    }
    child.send(signal)
    let ending = try child.wait()
    #expect(ending.code == 130)
    #expect(ending.errors == "Error: interrupted\n")
    #expect(ending.output.isEmpty)
    #expect(try directory.names() == ["hang.h5"])
    // Some time passes until the kernel has put it away.
    for _ in 0..<400 where reader.map(isAlive) ?? false { usleep(5000) }
    #expect(reader.map { !isAlive($0) } ?? false, "the reading process lives on")
  }

  @Test func verifyEndsAtOnce() throws {
    let attack = ["attack", "--fgsm", "--eps", "0.1", "--count", "4", "--output", "adv.h5"]
    try #require(try Child.start(attack, in: directory).wait().code == 0)
    let child = try Child.start(["verify", "adv.h5", "--model", try endlessFile()], in: directory)
    // The first reading process reads the examples, the second one does not come to an end.
    usleep(500_000)
    child.send(SIGTERM)
    let ending = try child.wait()
    #expect(ending.code == 130)
    #expect(ending.errors == "Error: interrupted\n")
  }

  @Test func anImportEndsAtOnce() throws {
    let generate = ["data", "generate", "patterns", "--train", "60000", "--output", "p.h5"]
    try #require(try Child.start(generate, in: directory).wait().code == 0)
    let child = try Child.start(["data", "import", "p.h5", "--output", "q.h5"], in: directory)
    try child.poll("the reading process") { !child.children.isEmpty }
    child.send(SIGTERM)
    #expect(try child.wait().code == 130)
    #expect(try directory.names() == ["p.h5"])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func nothingIsLeftOfAPartialFile(signal: Int32) throws {
    let child = try Child.start(
      ["data", "generate", "patterns", "--train", "400000", "--output", "p.h5"], in: directory)
    try child.poll("a part of the file") { directory.largestPartialFile > 1 << 20 }
    child.send(signal)
    let ending = try child.wait()
    #expect(ending.code == 130)
    #expect(ending.errors == "Error: interrupted\n")
    #expect(try directory.names() == [])
  }

  /// The first signal asks for what is finished, the second one does not wait for it.
  @Test func aSecondSignalEndsAtOnce() throws {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      endless("--steps", "1000000", "--batch-size", "360"), in: directory, errors: .path(terminal.path))
    try child.poll("the beginning") {
      terminal.update()
      return terminal.text.contains(" 0 of 360 examples")
    }
    for _ in 0..<2 { child.send(SIGINT) }
    #expect(try child.wait(at: terminal).code == 130)
    #expect(try directory.names() == [])
  }

  /// `nohup` is there so that closing a terminal ends nothing.
  @Test func whoAskedToOutliveTheTerminalDoes() throws {
    let ending = try Child.shell(
      "trap '' HUP; \"$0\" gradcheck --scalars 50 & sleep 0.1; kill -HUP $!; wait $!", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
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
