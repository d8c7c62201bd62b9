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
    #expect(try directory.names() == ["r.html"])
    // Examples of all outcomes with their pictures, which are those of the dataset.
    #expect(page.contains("data-outcome=\"broken\"") && page.contains("data-outcome=\"robust\""))
    let first = try SampleFiles.testImages(count: 1).images.scalars.map { UInt8(($0 * 255).rounded()) }
    let png = try #require(PNGEncoder.bytes(of: first, width: 8, height: 8, channels: 1))
    #expect(
      page.contains(
        "alt=\"image\" width=\"96\" height=\"96\" src=\"data:image/png;base64,\(Data(png).base64EncodedString())\""))
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
    for name in ["r.html", "r.md", "r.tex"] {
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
    #expect(ending.code == 64 && ending.errors.contains("ends in one of .html, .md, .csv, .tex"), "\(ending.errors)")
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
