import Certification
import FoundationEssentials
import Glibc
import Hyperparameters
import Networks
import Testing

/// The table of CERTIFY and PREDICT, by scipy and 40-digit arithmetic, kept beside the package or in the directory that
/// `ADVLAB_SHARED` names.
private enum Table {
  static let path: String = {
    let shared =
      ProcessInfo.processInfo.environment["ADVLAB_SHARED"]
      ?? (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
      .deletingLastPathComponent().appending(path: "shared").path
    return shared + "/fixtures2/certification/smoothing.tsv"
  }()

  static let exists = FileManager.default.fileExists(atPath: path)
  static let absence = "no fixtures2/certification/smoothing.tsv at the side of the package or in ADVLAB_SHARED"

  /// The cells of every row beneath the heading.
  static func rows() throws -> [[String]] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst().map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

private func votes(_ cell: String) -> VoteCounts {
  VoteCounts(counts: cell.split(separator: ",").compactMap { Int($0) })
}

private func isNear(_ found: Double, _ expected: Double, slack: Double = 0) -> Bool {
  abs(found - expected) <= 1e-12 * abs(expected) + slack
}

@Test(.enabled(if: Table.exists, "\(Table.absence)")) func certifyAndPredictAgreeWithTheTable() throws {
  let rows = try Table.rows()
  #expect(rows.count == 64)
  for row in rows {
    let (alpha, sigma) = (try #require(Double(row[5])), try #require(Double(row[6])))
    let method = Smoothing(sigma: sigma, alpha: alpha)
    switch row[0] {
    case "certify":
      let found = method.certificate(selection: votes(row[3]), estimation: votes(row[4]))
      let expected = try #require(Double(row[8]))
      #expect(String(found.selectedClass) == row[7] && isNear(found.probabilityLowerBound, expected), "\(row)")
      #expect((found.certifiedClass == nil) == (row[10] == "abstain"), "\(row)")
      // The bound is rounded down by some units in the last place of about 1; the radius moves by as much as
      // σ/φ(z) times that, which for a bound near ½ or 1 is more than 10⁻¹² of it.
      let density = exp(-found.radius * found.radius / (2 * sigma * sigma)) / (2 * Double.pi).squareRoot()
      let radius = Double(row[10]) ?? 0
      #expect(isNear(found.radius, radius, slack: 8 * sigma / density * 0x1p-53), "\(row): \(found.radius)")
    default:
      let found = method.prediction(from: votes(row[4]))
      #expect(isNear(found.pValue, try #require(Double(row[9]))), "\(row): \(found.pValue)")
      #expect((found.predictedClass.map(String.init) ?? "abstain") == row[10], "\(row)")
    }
  }
}

@Test(arguments: [(100_000, 3.81), (10_000, 3.20), (1000, 2.46), (100, 1.50)])
func noRadiusExceedsTheLargest(samples: Int, radius: Double) {
  // α = 0.001; the published factors of σ have two decimals.
  #expect(abs(Smoothing(sigma: 1, samples: samples).largestRadius - radius) < 0.005)
  #expect(abs(Smoothing(sigma: 0.5, samples: samples).largestRadius - radius / 2) < 0.0025)
}

@Test func ofEqualsTheFirstIsPicked() {
  let method = Smoothing(sigma: 1, alpha: 0.05)
  let tied = VoteCounts(counts: [2, 4, 4])
  #expect(tied.topClass == 1 && tied.runnerUpCount == 4)
  let found = method.certificate(selection: tied, estimation: VoteCounts(counts: [0, 50, 0]))
  #expect(found.certifiedClass == 1 && found.radius > 0)
  #expect(method.certificate(selection: tied, estimation: VoteCounts(counts: [0, 0, 50])).certifiedClass == nil)
  #expect(method.prediction(from: tied).predictedClass == nil)
}

@Test func samplesWithoutAClassCountAgainstTheCertificate() {
  let method = Smoothing(sigma: 1, alpha: 0.05)
  let selection = VoteCounts(counts: [10, 0])
  let others = method.certificate(selection: selection, estimation: VoteCounts(counts: [90, 10]))
  let invalid = method.certificate(selection: selection, estimation: VoteCounts(counts: [90, 0], invalid: 10))
  #expect(invalid.radius == others.radius && invalid.estimation.samples == 100)
  let none = method.certificate(
    selection: VoteCounts(counts: [0, 0], invalid: 10), estimation: VoteCounts(counts: [0, 0], invalid: 100))
  #expect(none.certifiedClass == nil && none.radius == 0)
}

@Test func valuesOutOfRangeAreNamed() throws {
  let text = try MethodText("smoothing:sigma=0.5,samples=1000,selection-samples=10,alpha=0.01")
  #expect(try Smoothing(text) == Smoothing(sigma: 0.5, samples: 1000, selectionSamples: 10, alpha: 0.01))
  for text in ["sigma=0", "sigma=-1", "samples=0", "selection-samples=0", "alpha=0", "alpha=0.6", "alpha=nan"] {
    #expect(throws: HyperparameterError.self, "\(text)") { try Smoothing(MethodText("smoothing:" + text)) }
  }
  #expect(throws: HyperparameterError.self) {
    try SmoothedClassifier(FunctionClassifier(inputShape: [1], classCount: 2) { $0 }, Smoothing(sigma: -1))
  }
}
