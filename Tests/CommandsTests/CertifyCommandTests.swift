import Exchange
import Glibc
import HDF5
import Networks
import Testing

/// `certify` of examples: bounds, exact verification, smoothing and CLEVER.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CertifyCommandTests {
  private let directory: ScratchDirectory
  /// The adversarially trained network, of which bounds certify something.
  private static let robust = ["--model", SampleFiles.data + "/digits-cnn-robust.h5"]

  init() throws {
    directory = try ScratchDirectory()
  }

  private func certify(_ words: String..., code: Int32 = 0) throws -> Child.Ending {
    let ending = try Child.start(["certify"] + words, in: directory).wait()
    #expect(ending.code == code, "\(words): \(ending.errors)")
    return ending
  }

  private func report(_ words: [String]) throws -> JSONValue {
    let ending = try Child.start(["certify"] + words + ["--json"], in: directory).wait()
    #expect(ending.code == 0 && ending.errors.isEmpty, "\(words): \(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  /// The verdicts without their times.
  private func verdicts(_ report: JSONValue) -> [[JSONValue?]] {
    (report["verdicts"]?.elements ?? []).map { verdict in
      ["index", "label", "epsilon", "verdict", "margin_lower"].map { verdict[$0] }
    }
  }

  @Test func theTableHasARowForEachRadius() throws {
    let ending = try certify("--eps", "0.02,0.001", "--count", "4")
    for text in [
      "method  CROWN (crown:slope=adaptive,intervals=true)", "norm    L∞, pixels in [0, 1]", "clean   100.00 %",
      "memory  about", "certified accuracy", "\n0.001", "\n0.02", "exact arithmetic",
    ] { #expect(ending.output.contains(text), "\(text) is not in\n\(ending.output)") }
    #expect(!ending.output.contains("attacked"))
  }

  @Test func theReportHoldsEveryVerdict() throws {
    let report = try report(["--eps", "0.001,0.02", "--count", "4", "--attack", "pgd:steps=5"])
    #expect(report["command"]?.string == "certify" && report["method"]?["name"]?.string == "crown")
    #expect(report["method"]?["slope"]?.string == "adaptive" && report["attack"]?["steps"]?.number == 5)
    #expect(report["verdicts"]?.elements.count == 8 && report["radii"]?.elements.count == 2)
    let radii = report["radii"]?.elements ?? []
    for radius in radii {
      let counts = ["certified", "falsified", "undecided", "misclassified"].compactMap { radius[$0]?.number }
      #expect(counts.reduce(0, +) == 4)
      #expect(try #require(radius["certified_accuracy"]?.number) <= #require(radius["attacked_accuracy"]?.number))
    }
    #expect(report["certified_accuracy"] == radii.last?["certified_accuracy"])
    for verdict in report["verdicts"]?.elements ?? [] {
      let margin = try #require(verdict["margin_lower"]?.number)
      #expect((margin > 0) == (verdict["verdict"]?.string == "certified"), "\(verdict)")
    }
  }

  /// Rounding errors of the network add to those of the bounds, and the report tells which network was meant.
  @Test func theFloatNetworkHasLowerMargins() throws {
    let words = ["--eps", "0.002", "--count", "3", "--margins"]
    func margins(_ report: JSONValue) -> [Double] {
      (report["verdicts"]?.elements ?? []).compactMap { $0["margin_lower"]?.number }
    }
    let (real, single) = (try report(words), try report(words + ["--float-network"]))
    #expect(real["method"]?["arithmetic"]?.string == "real" && single["method"]?["arithmetic"]?.string == "single")
    #expect(single["notes"]?.elements.contains { $0.string?.contains("single precision") == true } == true)
    // γ of sums of some hundred terms is 1e-5 of what is summed.
    #expect(margins(real).count == 3)
    #expect(zip(margins(single), margins(real)).allSatisfy { $0 < $1 && $0 > $1 - 0.01 })
    for method in ["exact", "zonotope", "smoothing"] {
      let ending = try certify("--eps", "0.1", "--method", method, "--float-network", code: 64)
      #expect(ending.errors.contains("expected one of ibp, crown-ibp, crown, alpha-crown"), "\(ending.errors)")
    }
  }

  /// A tighter method certifies whatever a looser one does, and exact verification finds no counterexample there.
  @Test func tighterMethodsCertifyMore() throws {
    let words = ["--eps", "0.004", "--count", "12"]
    func certified(_ method: String) throws -> Set<Double> {
      let verdicts = try report(["--method", method] + words)["verdicts"]?.elements ?? []
      return Set(verdicts.filter { $0["verdict"]?.string == "certified" }.compactMap { $0["index"]?.number })
    }
    let (crown, alpha) = (try certified("crown"), try certified("alpha-crown:layers=false"))
    let exact = try certified("exact")
    #expect(!crown.isEmpty && crown.isSubset(of: alpha) && alpha.isSubset(of: exact), "\(crown) \(alpha) \(exact)")
  }

  @Test func verdictsDependOnNeitherThreadsNorBatch() throws {
    let words = ["--eps", "0.003,0.01", "--count", "5", "--attack", "pgd:steps=3"]
    for method in ["crown", "alpha-crown:steps=3,layers=false"] {
      let one = try report(["--method", method, "--threads", "1"] + words)
      let three = try report(["--method", method, "--threads", "3", "--batch-size", "2"] + words)
      #expect(verdicts(one) == verdicts(three) && verdicts(one).count == 10)
    }
  }

  @Test func exactVerificationAttacksFirst() throws {
    let report = try report(["--method", "exact", "--timeout", "5", "--eps", "0.2", "--count", "4"])
    #expect(report["attack"]?["name"]?.string == "pgd" && report["method"]?["timeout"]?.number == 5)
    #expect(report["radii"]?.elements[0]["falsified"]?.number == 4)
    #expect(report["attacked_accuracy"]?.number == 0 && report["certified_accuracy"]?.number == 0)
  }

  @Test func verdictsAreWritten() throws {
    let report = try report(["--eps", "0.1", "--count", "6", "--attack", "pgd", "--output", "c.h5"])
    let root = try File(reading: directory.file("c.h5")).root
    #expect(try root.attributes.string("advlab_format") == "certificates")
    #expect(try root.attributes.string("norm") == "linf")
    #expect(try root.attributes.numbers("epsilon", as: Float.self) == [0.1])
    #expect(try root.attributes.string("method")?.contains("\"name\":\"crown\"") == true)
    let names = try #require(try root.dataset("verdict").attributes.strings("names"))
    #expect(names == ["certified", "falsified", "undecided", "misclassified"])
    let codes = try root.dataset("verdict").read(as: Int.self)
    let expected = (report["verdicts"]?.elements ?? []).compactMap { $0["verdict"]?.string }
    #expect(codes.map { names[$0] } == expected && expected.contains("falsified"))
    #expect(try root.dataset("margin_lower").read(as: Double.self).allSatisfy { $0 <= 0 || $0.isNaN || $0 > 0 })
    let falsified = expected.count { $0 == "falsified" }
    #expect(try root.dataset("x_adv").shape == [falsified, 1, 8, 8])
    #expect(try root.dataset("x_adv_index").shape == [falsified])
    let ending = try Child.run("inspect", "c.h5", in: directory)
    #expect(ending.output.contains("certificates") && ending.output.contains("margin_lower"), "\(ending.output)")
    // Another kind of file is not written over.
    try directory.write("text.txt", [1])
    #expect(try certify("--eps", "0.1", "--count", "1", "--output", "text.h5x").code == 0)
  }

  @Test func aRequirementIsJudged() throws {
    _ = try certify("--eps", "0.0001", "--count", "3", "--require-certified-accuracy", "0.5")
    let ending = try certify("--eps", "0.0001,0.3", "--count", "3", "--require-certified-accuracy", "0.5", code: 2)
    #expect(ending.errors.contains("certified accuracy 0.00 % within eps = 0.3 is below the required 50.00 %"))
  }

  @Test func aRunGoesOn() throws {
    let words = ["--eps", "0.003,0.01", "--count", "5"]
    let whole = try report(words)
    #expect(try verdicts(report(words + ["--resume", "c.json"])) == verdicts(whole))
    let kept = String(decoding: try directory.read("c.json"), as: UTF8.self)
    #expect(try JSONValue.parse(kept)["finished"]?.elements.map(\.elements.count) == [5, 5])
    #expect(try verdicts(report(words + ["--resume", "c.json"])) == verdicts(whole))
    #expect(try String(decoding: directory.read("c.json"), as: UTF8.self) == kept, "nothing was certified again")
    let text = try Child.start(["certify"] + words + ["--resume", "c.json"], in: directory).wait()
    #expect(text.output.contains("resumed  after 10 examples"), "\(text.output)")
    for other in [["--seed", "1"], ["--offset", "1"], ["--method", "ibp"], ["--norm", "l2"], ["--margins"]] {
      let ending = try Child.start(["certify"] + words + other + ["--resume", "c.json"], in: directory).wait()
      #expect(ending.code == 65 && ending.errors.contains("another certification"), "\(other): \(ending.errors)")
    }
    for (from, to) in [("\"label\":", "\"label\":7"), ("\"certified\"", "\"falsified\""), ("advlab cert", "x")] {
      try directory.write("d.json", Array(kept.replacing(from, with: to).utf8))
      let ending = try Child.start(["certify"] + words + ["--resume", "d.json"], in: directory).wait()
      #expect(ending.code == 65, "\(from): \(ending.errors)")
    }
  }

  @Test(arguments: [
    ["--method", "crown", "--eps", "0.1"],
    ["--method", "exact", "--timeout", "100000", "--eps", "0.02", "--attack", "fgsm"],
    ["--method", "smoothing:samples=20000", "--batch-size", "1"],
  ])
  func interruptionKeepsWhatIsFinished(words: [String]) throws {
    let child = try Child.start(["certify", "--threads", "2", "--quiet", "--resume", "c.json"] + words, in: directory)
    try child.poll("the beginning") { (try? directory.names().contains("c.json")) == true }
    usleep(300_000)
    child.send(SIGINT)
    let ending = try child.wait()
    #expect(ending.code == 130)
    #expect(ending.errors.contains("--resume c.json goes on from here"), "\(ending.errors)")
    #expect(ending.output.contains("partial"), "\(ending.output)")
  }

  @Test func smoothingShowsACurve() throws {
    let words = ["--method", "smoothing:sigma=0.25,samples=200", "--count", "6"]
    let first = try report(words)
    #expect(first["norm"]?.string == "l2" && first["curve"]?.elements.first?["radius"]?.number == 0)
    let accuracies = (first["curve"]?.elements ?? []).compactMap { $0["certified_accuracy"]?.number }
    #expect(accuracies.count > 2 && accuracies == accuracies.sorted(by: >))
    #expect(first["certified_accuracy"]?.number == accuracies.first)
    let again = try report(words + ["--threads", "3", "--resume", "s.json"])
    #expect(again["curve"] == first["curve"] && again["average_radius"] == first["average_radius"])
    let resumed = try report(words + ["--resume", "s.json", "--eps", "0.1,0.3"])
    #expect(resumed["verdicts"] == again["verdicts"] && resumed["curve"]?.elements.count == 2)
    let kept = String(decoding: try directory.read("s.json"), as: UTF8.self)
    try directory.write("s.json", Array(kept.replacing("\"radius\":0.", with: "\"radius\":7.").utf8))
    let edited = try Child.start(["certify"] + words + ["--resume", "s.json"], in: directory).wait()
    #expect(edited.code == 65 && edited.errors.contains("no certification writes"), "\(edited.errors)")
    let text = try certify("--method", "smoothing", "--samples", "100", "--count", "2")
    for part in ["abstained", "average certified radius", "smoothed classifier"] { #expect(text.output.contains(part)) }
  }

  @Test func cleverIsCalledAnEstimate() throws {
    let words = ["--method", "clever:batches=4,samples=16", "--eps", "0.5", "--norm", "l2", "--count", "3"]
    let report = try report(words)
    #expect(report["is_certificate"] == .bool(false) && report["certified_accuracy"] == nil)
    #expect(report["scores"]?.elements.count == 3)
    let threads = try self.report(words + ["--threads", "1"])
    func scores(_ report: JSONValue) -> [JSONValue?] { (report["scores"]?.elements ?? []).map { $0["score"] } }
    #expect(scores(threads) == scores(report))
    let ending = try Child.start(["certify"] + words, in: directory).wait()
    #expect(ending.output.contains("an estimate") && ending.output.contains("no certificate"))
  }

  @Test(arguments: [
    (["--eps", "0.1", "--norm", "l0"], 64, "expected linf, l2 or l1"),
    (["--eps", "-1"], 64, "expected a number of at least 0"),
    (["--eps", "nan"], 64, "expected a number such as"),
    ([], 64, "Missing expected argument '--eps <pixels,...>'"),
    (["--eps", "0.1", "--method", "crwon"], 64, "Did you mean 'crown'?"),
    (["--eps", "0.1", "--steps", "3"], 64, "The method 'crown' has no option '--steps'"),
    (["--eps", "0.1", "--method", "exact:timeout=0"], 64, "timeout"),
    (["--eps", "0.1", "--method", "exact", "--margins"], 64, "--margins: no option of 'exact'"),
    (["--eps", "0.1", "--attack", "nothing"], 64, "no attack is called 'nothing'"),
    (["--eps", "0.1", "--attack", "patch"], 64, "keeps to a radius"),
    (["--eps", "0.1", "--preprocess", "jpeg"], 64, "Unknown option '--preprocess'"),
    (["--eps", "0.1,0.2", "--output", "c.h5"], 64, "--output holds the verdicts of one radius"),
    (["--eps", "0.1", "--output", "c.png"], 64, "end the name in .h5, or in .npz"),
    (["--eps", "0.1", "--require-certified-accuracy", "2"], 64, "a fraction from 0 to 1"),
    (["--method", "smoothing", "--norm", "linf"], 64, "expected l2"),
    (["--method", "smoothing", "--sigma", "0"], 64, "--sigma"),
    (["--method", "smoothing", "--attack", "pgd"], 64, "no option of 'smoothing'"),
    (["--method", "clever"], 64, "--eps"),
    (["--eps", "0.1", "--offset", "100000"], 64, "offset"),
    (["--vnnlib", "p.vnnlib", "--eps", "0.1"], 64, "no options of it"),
    (["--vnnlib", "p.vnnlib", "--method", "crown"], 64, "expected --method exact"),
    (["--vnnlib", "p.vnnlib"], 66, "p.vnnlib"),
  ])
  func wrongCommandLinesSayWhatIsExpected(words: [String], code: Int32, message: String) throws {
    let ending = try Child.start(["certify"] + words, in: directory).wait()
    #expect(ending.code == code && ending.errors.contains(message), "\(ending.code): \(ending.errors)")
    #expect(ending.output.isEmpty)
    #expect(try directory.names().isEmpty)
  }

  @Test func helpTellsOfEveryMethod() throws {
    let list = try certify("--list")
    for name in ["ibp", "crown-ibp", "crown", "alpha-crown", "exact", "smoothing", "clever"] {
      #expect(list.output.contains("\n\(name) "), "\(name)")
      let topic = try Child.run("help", "certify", name, in: directory)
      #expect(topic.code == 0 && topic.output.contains("arXiv"), "\(topic.errors)")
    }
    #expect(try Child.run("help", "certify", "exact", in: directory).output.contains("--timeout"))
    #expect(try Child.run("certify", "--help", in: directory).output.contains("EXAMPLES"))
  }
}
