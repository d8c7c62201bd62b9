import Exchange
import FoundationEssentials
import HDF5
import Networks
import Testing

/// The examples in the report of `certify`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CertificateGalleryTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private struct Verdicts: Decodable {
    struct Verdict: Decodable {
      let index: Int
      let verdict: String
    }
    let verdicts: [Verdict]
  }

  /// Certifies with a report, and reads both.
  private func certify(_ words: String...) throws -> (page: String, verdicts: [Verdicts.Verdict]) {
    let ending = try Child.start(["certify", "--json", "--quiet", "--report", "r.html"] + words, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    let verdicts = (try? JSONDecoder().decode(Verdicts.self, from: Data(ending.output.utf8)).verdicts) ?? []
    return (String(decoding: try directory.read("r.html"), as: UTF8.self), verdicts)
  }

  /// An image as it stands in a page.
  private func picture(_ title: String, _ pixels: [Float]) throws -> String {
    let samples = pixels.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
    let png = try #require(PNGEncoder.bytes(of: samples, width: 8, height: 8, channels: 1))
    let text = Data(png).base64EncodedString()
    return "alt=\"\(title)\" width=\"96\" height=\"96\" src=\"data:image/png;base64,\(text)\""
  }

  /// Within every radius the verdicts are those of the record.
  @Test func everyStageHasTheVerdictsOfTheRecord() throws {
    let (page, verdicts) = try certify(
      "--method", "exact", "--timeout", "1", "--eps", "0.002,0.3", "--count", "8")
    #expect(verdicts.count == 16 && Set(verdicts.map(\.verdict)).isSuperset(of: ["certified", "falsified"]))
    for (stage, own) in [("0.002", verdicts.prefix(8)), ("0.3", verdicts.suffix(8))] {
      for verdict in ["certified", "falsified", "undecided", "misclassified"] {
        #expect(
          page.ranges(of: "data-stage=\"eps = \(stage)\" data-outcome=\"\(verdict)\"").count
            == own.count { $0.verdict == verdict }, "\(stage) \(verdict)")
      }
    }
    let falsified = verdicts.count { $0.verdict == "falsified" }
    #expect(page.ranges(of: "alt=\"counterexample\"").count == falsified)
    #expect(page.ranges(of: "<dt>counterexample taken for</dt>").count == falsified)
  }

  /// The counterexample that is shown is the one that is written.
  @Test func counterexamplesAreThoseOfTheFile() throws {
    let page = try certify(
      "--method", "exact", "--timeout", "1", "--eps", "0.3", "--count", "4", "--output", "c.h5"
    ).page
    let found = try File(reading: directory.file("c.h5")).root.dataset("x_adv").read(as: Float.self)
    try #require(found.count >= 64)
    #expect(page.contains(try picture("counterexample", Array(found[..<64]))))
  }

  /// Examples of a rare verdict lie in a later range of the data, which are 16,384 images of this size.
  @Test func imagesAreReadFromTheirRange() throws {
    let digits = try SampleFiles.testImages(count: 200)
    let count = 16_500
    let pixels = (0..<count).flatMap { row in digits.images.examples(row % 200..<row % 200 + 1).scalars }
    // Wrong in the first range, right in the second.
    let labels = (0..<count).map { Int64((digits.labels[$0 % 200] + ($0 < 16_384 ? 1 : 0)) % 10) }
    try SampleFiles.write("d.h5", in: directory, shape: [count, 1, 8, 8], pixels: pixels, labels: labels)
    let (page, verdicts) = try certify(
      "--method", "ibp", "--eps", "0.0001", "--data", directory.file("d.h5"), "--model", SampleFiles.model)
    // Not the first of its range.
    let shown = try #require(verdicts.last { $0.verdict == "certified" && $0.index < 16_410 }?.index)
    #expect(shown > 16_384)
    let parts = page.components(separatedBy: "<h3>example \(shown)</h3>")
    let image = try picture("image", digits.images.examples(shown % 200..<shown % 200 + 1).scalars)
    #expect(parts.count == 2 && parts[1].prefix(1500).contains(image))
    // No more than 40 of a verdict.
    #expect(page.ranges(of: "data-outcome=\"misclassified\"").count == 40)
  }

  /// Smoothing shows what the classifier gets, and where each image is certified; its curve falls with the radius.
  @Test func smoothingShowsRadiiAndNoise() throws {
    let (page, verdicts) = try certify("--method", "smoothing:sigma=0.25,samples=300", "--count", "12")
    #expect(page.ranges(of: "data-outcome=\"certified\"").count == verdicts.count { $0.verdict == "certified" })
    #expect(page.ranges(of: "alt=\"with noise\"").count == 12 && page.contains("<dt>certified radius, L2</dt>"))
    #expect(page.contains("Behind noise of σ = 0.25, ") && page.contains("model, SHA-256"))
    let curve = page.matches(
      of: #/smoothed classifier<\/td><td class="number">[^<]*<\/td><td class="number">([0-9.]+)</#
    ).compactMap { Double($0.output.1) }
    #expect(curve.count == 101 && curve == curve.sorted(by: >))
    // Within radius 0 everything that is certified; numbers are shown with four digits.
    let certified = Double(verdicts.count { $0.verdict == "certified" }) / 12
    #expect(abs((curve.first ?? 0) - certified) < 1e-4 && (curve.last ?? 1) < certified)
  }

  /// CLEVER shows the examples that it takes for the weakest.
  @Test func cleverShowsTheLowestScoresFirst() throws {
    let page = try certify("--method", "clever:batches=5,samples=32", "--eps", "0.1,0.2", "--count", "6").page
    let scores = page.matches(of: #/data-stage="eps = 0.2".*?<dt>score<\/dt><dd>([0-9.]+)</#.dotMatchesNewlines())
      .compactMap { Double($0.output.1) }
    #expect(scores.count == 6 && scores == scores.sorted() && scores[0] > 0)
    #expect(page.contains("Within eps = 0.2 CLEVER estimates"))
  }
}
