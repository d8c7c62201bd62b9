import Exchange
import FoundationEssentials
import Networks
import Testing

/// `--report FILE`: what the terminal shows, in a file.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ReportFileTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ words: String...) throws -> Child.Ending { try Child.start(words, in: directory).wait() }

  private func text(_ name: String) throws -> String { String(decoding: try directory.read(name), as: UTF8.self) }

  @Test func aWebPageHoldsTheNumbersOfTheTerminal() throws {
    let ending = try run("attack", "--fgsm", "--eps", "0.1", "--report", "r.html")
    #expect(ending.code == 0 && ending.errors.isEmpty, "\(ending.errors)")
    let plain = try run("attack", "--fgsm", "--eps", "0.1")
    let row = try #require(plain.output.split(separator: "\n").first { $0.hasPrefix("Fast gradient method") })
    let shares = row.matches(of: #/\d\d\.\d\d %|\[\d\d\.\d\d, \d\d\.\d\d\] %/#).map { String($0.output) }
    let page = try text("r.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(shares.count == 3 && shares.allSatisfy { page.contains(">\($0)</td>") }, "\(shares)")
    #expect(page.contains(">advlab attack --fgsm --eps 0.1 --report r.html</td>"))
    #expect(page.contains(">oneDNN ") && page.contains(", HDF5 ") && page.contains(">processor</th>"))
    #expect(try directory.names() == ["r.html"])
    // Examples of all outcomes with their pictures, which are those of the dataset.
    #expect(page.contains("data-outcome=\"broken\"") && page.contains("data-outcome=\"robust\""))
    let first = try SampleFiles.testImages(count: 1).images.scalars.map { UInt8(($0 * 255).rounded()) }
    let png = try #require(PNGEncoder.bytes(of: first, width: 8, height: 8, channels: 1))
    #expect(
      page.contains(
        "alt=\"image\" width=\"96\" height=\"96\" src=\"data:image/png;base64,\(Data(png).base64EncodedString())\""))
  }

  /// Everything that is counted is counted once: by class, in the matrices and in the histograms.
  @Test func detailsAgreeWithTheTotals() throws {
    let ending = try run("attack", "--pgd", "--eps", "0.1", "--json", "--report", "r.md")
    let totals = try JSONDecoder().decode(Totals.self, from: Data(ending.output.utf8))
    let (right, robust) = (totals.clean_accuracy * 360, totals.robust_accuracy * 360)
    let sections = try text("r.md").components(separatedBy: "\n**").map { section in
      section.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.dropFirst()
        .map { row in
          row.split(separator: "|").dropFirst().map { Double($0.filter { "0123456789.".contains($0) }) ?? 0 }
        }
    }
    func rows(_ title: String) throws -> [[Double]] {
      let titles = try text("r.md").components(separatedBy: "\n**")
      return Array(sections[try #require(titles.firstIndex { $0.hasPrefix(title) })])
    }
    let classes = try rows("By class")
    #expect(classes.count == 10 && classes.reduce(0) { $0 + $1[0] } == 360)
    #expect(abs(classes.reduce(0) { $0 + $1[0] * $1[1] / 100 } - right) < 0.05)
    #expect(abs(classes.reduce(0) { $0 + $1[0] * $1[2] / 100 } - robust) < 0.05)
    for (title, expected) in [("Predicted for the images", right), ("Predicted under attack, eps = 0.1", robust)] {
      let counts = try rows(title)
      #expect(counts.joined().reduce(0, +) == 360)
      #expect(abs(counts.indices.reduce(0) { $0 + counts[$1][$1] } - expected) < 1e-6, "\(title)")
    }
    let moved = try rows("How far broken examples were moved")
    #expect(abs(moved.reduce(0) { $0 + $1[0] } - (right - robust)) < 1e-6)
  }

  private struct Totals: Decodable {
    let clean_accuracy: Double
    let robust_accuracy: Double
  }

  /// FGSM looks at the image, and what it found is looked at last: both margins stand in the gallery as logits.
  @Test func theWayOfAnAttackBeginsAtTheImage() throws {
    #expect(try run("attack", "--fgsm", "--eps", "0.2", "--report", "r.html").code == 0)
    let page = try text("r.html")
    // The caption of a figure, and what it is called for those who do not see it.
    let margins = try #require(page.components(separatedBy: "Margin from pass to pass").last)
      .components(separatedBy: "Loss from pass to pass")[0]
    let passes = margins.matches(
      of: #/<tr><td>example 0 [^<]*<\/td><td class="number">(\d+)<\/td><td class="number">([^<]*)</#
    )
    .map { Double($0.output.2) ?? .nan }
    let logits = page.matches(of: #/<dt>logits, (?:image|attacked)<\/dt><dd>(\d): ([^,]*), (\d): ([^,]*),/#).prefix(2)
      .map { match in (Double(match.output.2) ?? .nan) - (Double(match.output.4) ?? .nan) }
    try #require(logits.count == 2 && passes.count >= 3)
    // Logits are shown with 3 digits.
    #expect(passes[0] == passes[1] && abs(passes[0] - logits[0]) < 0.02, "\(passes) \(logits)")
    // Broken: another class leads, by no less than it leads the second one.
    #expect(-passes[passes.count - 1] > logits[1] - 0.02 && passes[passes.count - 1] < 0)
  }

  /// What would take long is not done unasked, and the page says so.
  @Test func longAttacksAreNotTraced() throws {
    #expect(
      try run("attack", "--pgd", "--eps", "0.2", "--steps", "200", "--count", "10", "--report", "r.html").code == 0)
    let page = try text("r.html")
    #expect(
      page.contains("<p>Projected gradient descent is not traced: it makes more than 250 passes for an example.</p>"))
    #expect(!page.contains("Margin from pass to pass"))
  }

  /// A suite within several radii: a view for each, and the outcome that the table says.
  @Test func aSuiteHasAGalleryToo() throws {
    let ending = try run("evaluate", "--suite", "fgsm,pgd", "--eps", "0.05,0.2", "--count", "30", "--report", "r.html")
    #expect(ending.code == 0, "\(ending.errors)")
    let page = try text("r.html")
    let robust = page.ranges(of: "data-stage=\"eps = 0.05\" data-outcome=\"robust\"").count
    let row = try #require(ending.output.split(separator: "\n").first { $0.hasPrefix("worst of all") })
    let share = try #require(row.firstMatch(of: #/(\d+\.\d\d) %/#).flatMap { Double($0.output.1) })
    #expect(abs(Double(robust) / 30 * 100 - share) < 0.01 && robust > 0)
    #expect(page.contains("<output>eps = 0.2</output>") && page.contains("Projected gradient descent: example"))
  }

  /// Reports of commands whose rows come one by one, with the figure that is shown last.
  @Test func rowsThatComeOneByOneAreThereToo() throws {
    let ending = try run(
      "evaluate", "--suite", "fgsm,noise", "--eps", "0.05,0.1,0.2", "--count", "40", "--quiet", "--json", "--report",
      "r.md")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.hasPrefix("{") && ending.output.hasSuffix("}\n"))
    let report = try text("r.md")
    #expect(report.ranges(of: "\n| Fast gradient method |").count == 3 && report.contains("**Security curve: "))
    #expect(try run("certify", "--method", "ibp", "--eps", "0.01,0.05", "--quiet", "--report", "c.csv").code == 0)
    let rows = try text("c.csv").split(separator: "\r\n")
    #expect(
      rows.count == 3 && rows[0].hasPrefix("eps,certified accuracy,\"95 % interval, lower end\"")
        && rows[1].hasPrefix("0.01,"))
  }

  /// What a report cannot show it says.
  @Test func examplesAreNotShownBehindAPreprocessor() throws {
    let words = ["evaluate", "--suite", "fgsm", "--eps", "0.1", "--count", "20", "--quiet", "--report", "r.html"]
    let defended = try Child.start(words + ["--preprocess", "bit-depth:bits=3"], in: directory).wait()
    #expect(defended.code == 0, "\(defended.errors)")
    #expect(try text("r.html").contains("not shown: behind a preprocessor an image is not what the model sees"))
    #expect(try Child.start(words, in: directory).wait().code == 0)
    #expect(try !text("r.html").contains("not shown:"))
    let resumed = try Child.start(words + ["--resume", "r.journal"], in: directory).wait()
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try text("r.html").contains("not shown: a run that goes on"))
  }

  @Test func trainingHasItsFilters() throws {
    let ending = try run(
      "train", "--architecture", "tinycnn", "--data", SampleFiles.digits, "--epochs", "3", "--quiet", "--output",
      "m.h5", "--report", "t.html")
    #expect(ending.code == 0, "\(ending.errors)")
    let page = try text("t.html")
    for epoch in 1...3 { #expect(page.contains("data-stage=\"epoch \(epoch)\"")) }
    #expect(page.contains("alt=\"filters\" width=\"75\" height=\"100\"") || page.contains("filters of conv"))
    #expect(page.contains("aria-label=\"Accuracy: accuracy over epoch\"") && page.contains(">model, SHA-256</th>"))
  }

  @Test func trainingHasItsEpochs() throws {
    let ending = try run(
      "train", "--architecture", "mlp:hidden=18", "--data", SampleFiles.digits, "--epochs", "2", "--quiet", "--output",
      "m.h5", "--report", "t.tex")
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try text("t.tex")
    #expect(
      report.hasPrefix("% AdvLab: Training.") && report.contains("\n  1 & ") && report.contains("\n  2 & "), "\(report)"
    )
  }

  /// A report is replaced by the next; any other file stays as it is, and nothing is computed first.
  @Test func onlyReportsAreReplaced() throws {
    for name in ["r.html", "r.md", "r.tex", "r.svg"] {
      for _ in 0..<2 { #expect(try run("attack", "--fgsm", "--eps", "0.1", "--report", name).code == 0) }
      try directory.write(name, Array("my own".utf8))
      let ending = try run("attack", "--fgsm", "--eps", "0.1", "--report", name)
      #expect(ending.code == 73 && ending.output.isEmpty)
      #expect(
        ending.errors
          == "Error: \(name): exists and is not known to be a report of the lab; remove it or name another file\n")
      #expect(try text(name) == "my own")
    }
    #expect(try run("attack", "--fgsm", "--eps", "0.1", "--report", "nowhere/r.html").code == 73)
    try directory.remove("r.html")
    #expect(try run("attack", "--fgsm", "--eps", "0.1", "--report", SampleFiles.digits + ".html/").code == 64)
  }

  @Test(arguments: ["r.pdf", "html", "r.", "r"]) func otherEndingsAreRefused(_ name: String) throws {
    let ending = try run("attack", "--fgsm", "--eps", "0.1", "--report", name)
    #expect(
      ending.code == 64 && ending.errors.contains("ends in one of .html, .md, .csv, .tex, .svg"), "\(ending.errors)")
  }

  /// A path is text, whatever it holds; and the command can be typed again as it is shown.
  @Test func aHostilePathIsText() throws {
    let name = "<script>alert('x')&amp;.h5"
    try directory.write(name, try bytes(ofFile: SampleFiles.digits))
    let ending = try run("attack", "--fgsm", "--eps", "0.1", "--data", name, "--report", "r.html")
    #expect(ending.code == 0, "\(ending.errors)")
    let page = try text("r.html")
    #expect(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(&#39;x&#39;)&amp;amp;.h5"))
    #expect(
      page.contains("--data &#39;&lt;script&gt;alert(&#39;\\&#39;&#39;x&#39;\\&#39;&#39;)&amp;amp;.h5&#39; --report"))
  }
}
