import Testing

/// `evaluate --resume`: what was finished is kept and not run again.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct EvaluationJournalTests {
  private let directory: ScratchDirectory
  private static let evaluation = [
    "evaluate", "--eps", "0.05,0.1", "--count", "40", "--suite", "noise:draws=5,pgd:steps=5",
  ]

  init() throws {
    directory = try ScratchDirectory()
  }

  private func evaluate(_ further: String...) throws -> Child.Ending {
    try Child.start(Self.evaluation + further, in: directory).wait()
  }

  /// The report without its times.
  private func report(_ ending: Child.Ending) throws -> [JSONValue?] {
    let report = try JSONValue.parse(ending.output)
    return ["clean_accuracy", "count"].map { report[$0] }
      + (report["radii"]?.elements ?? []).flatMap { radius in
        [radius["union"]]
          + (radius["attacks"]?.elements ?? []).flatMap { attack in
            ["robust_accuracy", "backwards", "forwards", "attack"].map { attack[$0] }
          }
      }
  }

  @Test func aRunGoesOn() throws {
    let whole = try evaluate("--json")
    #expect(try evaluate("--json", "--resume", "e.json").code == 0)
    let kept = String(decoding: try directory.read("e.json"), as: UTF8.self)
    // As if the run had been stopped in the second radius: its last attack is not there.
    let journal = try JSONValue.parse(kept)
    #expect(journal["finished"]?.elements.map(\.elements.count) == [2, 2])
    let again = try evaluate("--json", "--resume", "e.json")
    #expect(try report(again) == report(whole))
    #expect(
      try String(decoding: directory.read("e.json"), as: UTF8.self) == kept,
      "nothing was run again, so nothing was written")
    let text = try evaluate("--resume", "e.json")
    #expect(text.output.contains("resumed  after 4 attacks"), "\(text.output)")
  }

  @Test func anotherEvaluationIsRefused() throws {
    #expect(try evaluate("--resume", "e.json").code == 0)
    for other in [["--seed", "1"], ["--offset", "1"], ["--policy", "cascade"], ["--query-budget", "3"]] {
      let ending = try Child.start(Self.evaluation + other + ["--resume", "e.json"], in: directory).wait()
      #expect(ending.code == 65 && ending.errors.contains("another evaluation"), "\(other): \(ending.errors)")
    }
    #expect(try evaluate("--resume", "e.json", "--output", "adv.h5").code == 64)
  }

  /// Numbers that would be read past the end of an array, and other hostile ones.
  @Test(arguments: [
    ("\"rows\":[0,", "\"rows\":[4000,"), ("\"shares\":[", "\"shares\":[7,"), ("advlab evaluation", "other"),
    ("\"invalid\":[]", "\"invalid\":[99]"), ("\"version\":1", "\"version\":2"), ("\"finished\":[", "\"finished\":[[],"),
    ("\"requested\":40", "\"requested\":\"x\""),
  ]) func aFileThatWasChangedIsRefused(change: (from: String, to: String)) throws {
    _ = try evaluate("--resume", "e.json")
    let text = String(decoding: try directory.read("e.json"), as: UTF8.self)
    #expect(text.contains(change.from))
    try directory.write("e.json", Array(text.replacing(change.from, with: change.to).utf8))
    let ending = try evaluate("--resume", "e.json")
    #expect(ending.code == 65, "\(change): \(ending.errors)")
  }
}
