import Exchange
import HDF5
import Networks
import Testing

/// Certificates of a dataset of two ranges: those of 8×8 pixels hold 16,384 examples each.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CertifyRunTests {
  private static let times = 46
  private let directory: ScratchDirectory
  private let count: Int

  /// The digits again and again.
  init() throws {
    directory = try ScratchDirectory()
    let digits = try SampleFiles.testImages()
    count = Self.times * digits.count
    try SampleFiles.write(
      "many.h5", in: directory, shape: [count, 1, 8, 8],
      pixels: Array((0..<Self.times).map { _ in digits.images.scalars }.joined()),
      labels: (0..<count).map { Int64(digits.labels[$0 % digits.count]) })
  }

  private func report(_ words: String...) throws -> JSONValue {
    let ending = try Child.start(
      ["certify", "--data", "many.h5", "--method", "ibp", "--attack", "fgsm", "--json", "--quiet"] + words,
      in: directory
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  private func verdicts(_ report: JSONValue) -> [[JSONValue?]] {
    (report["verdicts"]?.elements ?? []).map { [$0["label"], $0["verdict"], $0["margin_lower"]] }
  }

  @Test func everyRangeHasTheVerdictsOfTheFirst() throws {
    let size = count / Self.times
    let first = try report("--eps", "0.1", "--count", "\(size)")
    let all = try report("--eps", "0.1", "--output", "c.h5")
    let (expected, found) = (verdicts(first), verdicts(all))
    #expect(expected.count == size && found == Array((0..<Self.times).map { _ in expected }.joined()))
    #expect(all["verdicts"]?.elements.map { $0["index"]?.number } == (0..<count).map(Double.init))
    for key in ["clean_accuracy", "certified_accuracy", "attacked_accuracy"] { #expect(all[key] == first[key]) }
    #expect(all["count"]?.number == Double(count) && all["data"]?["sha256"]?.string != nil)

    let root = try File(reading: directory.file("c.h5")).root
    #expect(try root.dataset("index").read(as: Int.self) == Array(0..<count))
    let codes = try root.dataset("verdict").read(as: Int.self)
    #expect(Array(codes.prefix(size)) == Array(codes.suffix(size)))
    let falsified = found.count { $0[1] == .string("falsified") }
    #expect(falsified > Self.times)
    #expect(try root.dataset("x_adv").shape == [falsified, 1, 8, 8])
    #expect(try root.attributes.numbers("requested", as: Int.self) == [count])
  }
}
