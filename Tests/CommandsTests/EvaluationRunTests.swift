import Exchange
import Glibc
import Networks
import Testing

/// Datasets of several ranges: those of 8×8 pixels hold 16,384 examples each.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct EvaluationRunTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// The digits again and again, many of them with wrong labels.
  private func writeDigits(times: Int) throws {
    let digits = try SampleFiles.testImages()
    let count = times * digits.count
    try SampleFiles.write(
      "many.h5", in: directory, shape: [count, 1, 8, 8],
      pixels: Array((0..<times).map { _ in digits.images.scalars }.joined()),
      labels: (0..<count).map { row in
        let label = digits.labels[row % digits.count]
        return Int64(row % 7 == 3 ? (label + 1) % 10 : label)
      })
  }

  /// What does not depend on time: with `--resume` all examples are one range.
  @Test func rangesGiveWhatOneRangeGives() throws {
    try writeDigits(times: 47)
    for words in [
      ["--suite", "fgsm,noise:draws=1", "--eps", "0.05,0.2", "--policy", "cascade"],
      ["--suite", "fgsm", "--eps", "0.1", "--targets", "3"],
      [
        "--suite", "fgsm", "--eps", "0.1", "--preprocess", "noise:sigma=0.1", "--samples", "1", "--judge-draws", "3",
      ],
    ] {
      let (ranges, one) = (try evaluate(words), try evaluate(words + ["--resume", "\(words.count)-\(words[1]).json"]))
      #expect(ranges["count"]?.number ?? 0 > 15_000 && ranges["count"] == one["count"])
      #expect(ranges["radii"].map(untimed) == one["radii"].map(untimed), "\(words)")
      #expect(ranges["warnings"] == one["warnings"] && ranges["clean_accuracy"] == one["clean_accuracy"])
      #expect(ranges["data"] == one["data"] && ranges["data"]?["sha256"]?.string != nil && ranges["requested"] == nil)
    }
  }

  private func evaluate(_ words: [String]) throws -> JSONValue {
    let ending = try Child.start(
      ["evaluate", "--json", "--quiet", "--data", "many.h5"] + words, in: directory
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  private func untimed(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let members): .object(members.filter { $0.key != "seconds" }.mapValues(untimed))
    case .array(let elements): .array(elements.map(untimed))
    case .null, .bool, .number, .string: value
    }
  }

  @Test func theFileHoldsAllRangesAndTheReportIsReplayed() throws {
    try writeDigits(times: 47)
    let words = ["--suite", "fgsm,noise:draws=1", "--policy", "cascade", "--eps", "0.1", "--output", "adv.h5"]
    let report = try evaluate(words)
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect(set.examples.map(\.id) == Array(0..<47 * 360) && set.requested == 47 * 360)
    let union = report["radii"]?.elements.first?["union"]?["robust_accuracy"]?.number
    #expect(Double(set.examples.count { $0.status == "robust" }) / Double(set.examples.count) == union)
    #expect(set.examples.count { $0.status == "misclassified" } > 2000)
    #expect(try Child.run("verify", "adv.h5", "--data", "many.h5", in: directory).code == 0)
    #expect(try Child.run("replay", "adv.h5", in: directory).code == 0)
    let ending = try Child.run(
      "attack", "--fgsm", "--eps", "0.05,0.1", "--data", "many.h5", "--json", "--quiet", in: directory)
    try directory.write("report.json", Array(ending.output.utf8))
    let replayed = try Child.run("replay", "report.json", in: directory)
    #expect(replayed.code == 0, "\(replayed)")
  }

  /// Tables come when the last range is done; a range that is interrupted does not count.
  @Test func finishedRangesAreKept() throws {
    try writeDigits(times: 92)
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      [
        "evaluate", "--data", "many.h5", "--eps", "0.1", "--suite", "pgd", "--steps", "20", "--no-early-stop",
        "--output", "adv.h5",
      ], in: directory, errors: .path(terminal.path), environment: ["COLUMNS": "120"])
    try child.poll("the second range") {
      terminal.update()
      return terminal.text.contains(#/ (1[7-9]|2\d),\d{3} of 33,120 examples/#)
    }
    child.send(SIGINT)
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 130)
    #expect(terminal.text.contains("interrupted after 16,384 of 33,120 examples"), "\(terminal.text)")
    #expect(ending.output.contains("\nworst of all ") && ending.output.contains("16,384 of 33,120 examples were"))
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect(set.examples.count == 16_384 && set.requested == 33_120)
  }
}
