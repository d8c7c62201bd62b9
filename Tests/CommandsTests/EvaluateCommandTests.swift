import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct EvaluateCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func report(_ options: String...) throws -> JSONValue {
    let ending = try Child.start(["evaluate", "--json", "--quiet"] + options, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.errors.isEmpty)
    return try JSONValue.parse(ending.output)
  }

  @Test func tablesPerRadius() throws {
    let ending = try Child.run("evaluate", "--eps", "0.05,8/255", "--suite", "quick", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    for text in ["eps = 0.05\n", "eps = 8/255\n", "\nnone ", "\nFast gradient method ", "\nworst of all "] {
      #expect(ending.output.contains(text), "\(ending.output)")
    }
  }

  @Test func theUnionIsTheWorstOfAll() throws {
    let report = try report("--eps", "0.05,0.1,0.2", "--count", "100", "--suite", "fgsm,pgd,noise")
    let radii = report["radii"]?.elements ?? []
    #expect(radii.count == 3 && report["count"] == .number(100))
    var last = 1.0
    for radius in radii {
      let union = try #require(radius["union"]?["robust_accuracy"]?.number)
      let attacks = (radius["attacks"]?.elements ?? []).compactMap { $0["robust_accuracy"]?.number }
      #expect(attacks.count == 3)
      #expect(union <= (attacks.min() ?? 0) && union < last)
      last = union
      let interval = (radius["union"]?["robust_accuracy_interval"]?.elements ?? []).compactMap(\.number)
      #expect(interval.count == 2 && interval[0] <= union && union <= interval[1])
    }
    #expect(radii[0]["attacks"]?.elements.first?["attack"]?["name"] == .string("fgsm"))
  }

  @Test func theSuiteHoldsEveryAttackOfTheNorm() throws {
    let report = try report("--eps", "2", "--norm", "l0", "--count", "10")
    let names = (report["radii"]?.elements.first?["attacks"]?.elements ?? []).compactMap {
      $0["attack"]?["name"]?.string
    }
    #expect(names.contains("noise") && !names.contains("fgsm"))
  }

  /// Huge logits mask the gradient of the cross-entropy, and not that of the margin.
  @Test(arguments: ["standard", "quick"]) func theSuiteLooksPastMaskedGradients(_ suite: String) throws {
    let report = try report("--eps", "0.1", "--suite", suite, "--count", "10")
    let losses = (report["radii"]?.elements.first?["attacks"]?.elements ?? [])
      .filter { $0["attack"]?["name"] == .string("pgd") }.compactMap { $0["attack"]?["loss"]?.string }
    #expect(losses == ["cross-entropy", "margin"])
  }

  @Test func obliviousAndAdaptiveSideBySide() throws {
    let report = try report("--eps", "0.1", "--preprocess", "median:size=2", "--suite", "quick", "--count", "120")
    #expect(report["defence"]?["preprocessor"] == .string("median:size=2"))
    let radius = try #require(report["radii"]?.elements.first)
    let pgd = try #require(radius["attacks"]?.elements.last)
    let oblivious = try #require(pgd["oblivious"]?["robust_accuracy"]?.number)
    let adaptive = try #require(pgd["adaptive"]?["robust_accuracy"]?.number)
    #expect(adaptive < oblivious)
    let union = try #require(radius["union"]?["robust_accuracy"]?.number)
    #expect(union <= adaptive)
    let text = try Child.run(
      "evaluate", "--eps", "0.1", "--preprocess", "bit-depth:bits=2", "--preprocess", "noise:sigma=0.05", "--samples",
      "2", "--judge-draws", "3", "--suite", "fgsm", "--count", "40", in: directory)
    #expect(text.code == 0, "\(text.errors)")
    #expect(text.output.contains("defence   bit-depth:bits=2 + noise:sigma=0.05"))
    #expect(text.output.contains("adaptive  BPDA, backwards the identity for bit-depth, mean over 2 draws"))
    #expect(text.output.contains("no defence  oblivious  adaptive"))
    #expect(text.output.contains("the least of all columns with the defence"))
  }

  @Test func neitherBatchesNorThreadsMatter() throws {
    var first: JSONValue?
    for (batch, threads) in [("1", "2"), ("13", "3"), ("64", "1")] {
      let report = try report(
        "--eps", "0.1", "--preprocess", "noise:sigma=0.2", "--samples", "2", "--judge-draws", "4", "--suite", "pgd",
        "--count",
        "20", "--batch-size", batch, "--threads", threads)
      let union = report["radii"]?.elements.first?["union"]
      #expect(union == (first ?? union), "\(batch), \(threads)")
      first = union
    }
  }

  @Test func detectors() throws {
    let report = try report("--eps", "0.2", "--detector", "kernel-density", "--count", "60")
    let attacks = report["radii"]?.elements.first?["attacks"]?.elements ?? []
    let areas = attacks.compactMap { $0["area_under_curve"]?.number }
    #expect(areas.count == 2)
    #expect(areas[1] < areas[0])
    let table = try Child.run(
      "evaluate", "--eps", "0.2", "--detector", "feature-squeezing:bits=3", "--count", "30", in: directory)
    #expect(table.code == 0 && table.output.contains("AUC"), "\(table.output)\(table.errors)")
  }

  @Test func aRequirementThatDoesNotHold() throws {
    let ending = try Child.run(
      "evaluate", "--eps", "0.01,0.2", "--suite", "fgsm", "--require-robust-accuracy", "0.5", in: directory)
    #expect(ending.code == 2)
    #expect(ending.errors.contains("at eps = 0.2 is below the required 50.00 %"))
  }

  @Test(arguments: [
    (["--preprocess", "jpg"], "no preprocessor is called 'jpg'. Did you mean 'jpeg'?"),
    (["--preprocess", "jpeg:quality=0"], "expected quality to be a whole number from 1 to 100, found 0"),
    (["--preprocess", "jpeg:size=3"], "'jpeg' has no option 'size'; it has quality"),
    (["--preprocess", "thermometer"], "a multiple of 16 channels"),
    (["--detector", "magnet"], "no detector is called 'magnet'"),
    (["--detector", "lid", "--preprocess", "jpeg"], "Give either --preprocess or --detector"),
    (["--samples", "3"], "--samples and --judge-draws are options of --preprocess"),
    (["--suite", "fgsm", "--steps", "3"], "The suite 'fgsm' has no option '--steps'"),
    (["--detector", "lid", "--steps", "3"], "no options of --detector"),
    (["--output", "a.h5"], "--output holds the examples of one radius"),
    (["--eps", "0.1", "--output", "a.h5", "--preprocess", "jpeg"], "--output is no option of --preprocess"),
    (["--suite", "fgsm,foo"], "expected standard, quick, swift, swift-plus, autoattack,"),
    (["--suite", "fgsm", "--norm", "l0"], "fgsm works in L∞, L2, L1, not in L0"),
    (["--eps", "0.1,,0.2"], "expected a number such as 0.1"),
    (["--preprocess", "pca:components=65"], "expected 1 to 64 components"),
  ]) func mistakesAreExplained(options: [String], message: String) throws {
    let ending = try Child.start(["evaluate"] + options, in: directory).wait()
    #expect(ending.code == 64)
    #expect(ending.errors.contains(message), "\(ending.errors)")
    #expect(ending.output.isEmpty)
  }
}
