import Exchange
import FoundationEssentials
import Testing

/// `advlab compare`: results of several runs as leaderboards.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CompareCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ words: String...) throws -> Child.Ending { try Child.start(words, in: directory).wait() }

  /// Keeps what a command prints with `--json`.
  private func keep(_ name: String, _ words: String...) throws {
    let ending = try Child.start(words + ["--json", "--quiet"], in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    try directory.write(name, Array(ending.output.utf8))
  }

  private struct Comparison: Decodable {
    struct Board: Decodable {
      struct Model: Decodable {
        let path: String
        let clean_accuracy: Double?
        let auto_attack_accuracy: Double?
        let best_known_robust_accuracy: Double?
        let best_known_by: String?
        let certified_accuracy: Double?
        let contradictory: Bool
        let doubtful: Bool
        let defence: String?
      }
      let epsilon: Double
      let count: Int
      let offset: Int
      let models: [Model]
    }
    let leaderboards: [Board]
  }

  private func compare(_ files: String...) throws -> [Comparison.Board] {
    let ending = try Child.start(["compare", "--json"] + files, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONDecoder().decode(Comparison.self, from: Data(ending.output.utf8)).leaderboards
  }

  /// What a model is worth is the least that any result leaves, whatever the order of the files; better models come first.
  @Test func aModelIsWorthTheLeast() throws {
    let robust = SampleFiles.data + "/digits-certified.h5"
    try keep("weak.json", "attack", "--fgsm", "--eps", "0.1", "--count", "60")
    try keep("strong.json", "evaluate", "--suite", "fgsm,pgd", "--eps", "0.1", "--count", "60")
    try keep(
      "other.json", "evaluate", "--suite", "pgd", "--eps", "0.1", "--certify", "ibp", "--model", robust, "--count", "60"
    )
    let boards = try compare("weak.json", "strong.json", "other.json")
    #expect(boards.count == 1 && boards[0].models.map(\.path).first == robust && boards[0].models.count == 2)
    let (best, last) = (boards[0].models[0], boards[0].models[1])
    #expect(last.best_known_by == "fgsm,pgd" && best.best_known_by == "pgd")
    #expect((best.best_known_robust_accuracy ?? 0) > (last.best_known_robust_accuracy ?? 1))
    #expect((best.certified_accuracy ?? 2) <= best.best_known_robust_accuracy ?? 0 && last.certified_accuracy == nil)
    #expect(!best.contradictory && last.auto_attack_accuracy == nil)
    let reversed = try compare("other.json", "strong.json", "weak.json")
    #expect(reversed[0].models.map(\.best_known_robust_accuracy) == boards[0].models.map(\.best_known_robust_accuracy))
    let text = try run("compare", "weak.json", "strong.json", "other.json", "--report", "c.md")
    #expect(text.output.contains("   1  \(robust)") && text.output.contains("L∞, eps = 0.1; "), "\(text.output)")
    let report = String(decoding: try directory.read("c.md"), as: UTF8.self)
    #expect(report.contains("2 models in 3 files. Best within L∞, eps = 0.1: \(robust), "))
  }

  /// One radius is enough for a plot, which begins at the clean accuracy; certificates have a line of their own.
  @Test func thePlotBeginsAtTheCleanAccuracy() throws {
    let model = SampleFiles.data + "/digits-certified.h5"
    try keep("a.json", "attack", "--fgsm", "--eps", "0.1", "--count", "40", "--model", model)
    try keep(
      "c.json", "certify", "--method", "ibp", "--attack", "pgd", "--eps", "0.05", "--count", "40", "--model", model)
    #expect(try run("compare", "a.json", "--report", "one.html").output.contains("Security curves") == false)
    #expect(String(decoding: try directory.read("one.html"), as: UTF8.self).contains("<svg"))
    #expect(try run("compare", "a.json", "c.json", "--report", "two.md").output.contains("Security curves"))
    let text = String(decoding: try directory.read("two.md"), as: UTF8.self)
    let rows = text.components(separatedBy: "Security curves").last?.split(separator: "\n") ?? []
    let numbers = rows.filter { $0.hasPrefix("| 0") }
    #expect(numbers.count == 3 && text.contains("\(model), certified"), "\(text)")
    // What PGD leaves of 40 images has an interval that is no point.
    let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| 1 | \(model)") && $0.contains("pgd") })
    let ends = row.matches(of: #/(\d+\.\d\d)(?:,|\\)/#).compactMap { Double($0.output.1) }
    #expect(ends.count == 2 && ends[0] + 1 < ends[1], "\(row)")
  }

  /// Other images, radii and preprocessors are not thrown together.
  @Test func whatIsNotTheSameIsNotCompared() throws {
    try keep("a.json", "attack", "--fgsm", "--eps", "0.1", "--count", "20")
    try keep("b.json", "attack", "--fgsm", "--eps", "0.1", "--count", "20", "--offset", "20")
    try keep("c.json", "attack", "--fgsm", "--eps", "0.1", "--count", "20", "--preprocess", "jpeg:quality=75")
    try keep("d.json", "certify", "--method", "ibp", "--eps", "0.1", "--count", "20", "--offset=20")
    let boards = try compare("a.json", "b.json", "c.json", "d.json")
    #expect(boards.map(\.offset).sorted() == [0, 20] && boards.allSatisfy { $0.count == 20 })
    let first = try #require(boards.first { $0.offset == 0 })
    #expect(Set(first.models.map(\.defence)) == [nil, "jpeg:quality=75"])
    let second = try #require(boards.first { $0.offset == 20 })
    #expect(second.models.count == 1 && second.models[0].certified_accuracy != nil)
    #expect(try run("compare", "a.json", "b.json").output.contains("warning  The files speak of different images"))
  }

  /// A certificate above what an attack leaves is an error of one of them, and is shown as one.
  @Test func contradictionsAreShown() throws {
    try keep("a.json", "attack", "--fgsm", "--eps", "0.1", "--count", "20")
    try keep("c.json", "certify", "--method", "ibp", "--eps", "0.1", "--count", "20")
    #expect(try compare("a.json", "c.json")[0].models.map(\.contradictory) == [false])
    let text = String(decoding: try directory.read("c.json"), as: UTF8.self)
    let broken = text.replacing("\"certified_accuracy\" : 0,", with: "\"certified_accuracy\" : 1,")
    #expect(broken != text)
    try directory.write("c.json", Array(broken.utf8))
    #expect(try compare("a.json", "c.json")[0].models.map(\.contradictory) == [true])
    #expect(
      try run("compare", "a.json", "c.json").output.contains("contradiction: clean accuracies differ, or more is"))
  }

  /// The curves of several σ, as papers on smoothing show them: each is a classifier of its own.
  @Test func smoothedClassifiersAreCompared() throws {
    for sigma in ["0.25", "0.5"] {
      try keep("s\(sigma).json", "certify", "--method", "smoothing:sigma=\(sigma),samples=200", "--count", "6")
    }
    let boards = try compare("s0.25.json", "s0.5.json")
    #expect(boards.first?.epsilon == 0 && boards.allSatisfy { $0.count == 6 })
    let first = try #require(boards.first?.models)
    #expect(Set(first.map(\.defence)) == ["noise of σ = 0.25", "noise of σ = 0.5"])
    #expect(first.allSatisfy { $0.certified_accuracy != nil && $0.best_known_robust_accuracy == nil })
    // The network without noise is another classifier.
    #expect(first.allSatisfy { $0.clean_accuracy == nil })
    let text = try run("compare", "s0.25.json", "s0.5.json").output
    #expect(text.contains("behind noise of σ = 0.5, certified") && text.contains("smoothing: of the classifier behind"))
  }

  @Test func otherFilesAreRefused() throws {
    try directory.write("x.json", Array("{\"command\": \"train\"}".utf8))
    try keep("s.json", "certify", "--method", "clever:batches=2,samples=8", "--eps", "0.1", "--count", "2")
    for (name, code) in [("x.json", 65), ("s.json", 65), ("none.json", 66), (SampleFiles.digits, 65)] {
      let ending = try run("compare", name)
      #expect(ending.code == Int32(code) && ending.errors.hasPrefix("Error: \(name): "), "\(ending.errors)")
    }
    #expect(try run("compare").code == 64)
  }
}
