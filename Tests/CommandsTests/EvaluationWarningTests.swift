import Exchange
import HDF5
import Networks
import Testing

/// What makes a number doubtful is said below it, in JSON too, and is no error.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct EvaluationWarningTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// The warnings of a command line, which must be those of its JSON.
  private func warnings(_ words: [String]) throws -> [String] {
    let table = try Child.start(words, in: directory).wait()
    let json = try Child.start(words + ["--json", "--quiet"], in: directory).wait()
    #expect(table.code == 0 && json.code == 0, "\(table.errors)\(json.errors)")
    let texts = (try JSONValue.parse(json.output)["warnings"]?.elements ?? []).compactMap(\.string)
    let lines = table.output.split(separator: "\n").filter { $0.hasPrefix("warning  ") }
    #expect(lines.map { String($0.dropFirst(9)) } == texts)
    return texts
  }

  private func expectWarning(_ text: String, _ words: String...) throws {
    let found = try warnings(words)
    #expect(found.contains { $0.contains(text) }, "\(words): \(found)")
  }

  /// Digits in another range of pixels.
  private func digits(_ name: String, _ change: (Float) -> Float) throws -> String {
    let data = try SampleFiles.testImages(count: 60)
    return try SampleFiles.write(
      name, in: directory, shape: data.images.shape.extents, pixels: data.images.scalars.map(change),
      labels: data.labels.map(Int64.init))
  }

  @Test func ordinaryRunsHaveNone() throws {
    #expect(try warnings(["attack", "--pgd", "--eps", "0.1"]) == [])
    #expect(try warnings(["attack", "--fgsm", "--eps", "8/255"]) == [])
    #expect(try warnings(["attack", "--pgd", "--eps", "0.5", "--norm", "l2"]) == [])
    #expect(try warnings(["evaluate", "--eps", "0.1,0.2"]) == [])
    #expect(try warnings(["attack", "--fgsm", "--eps", "0"]) == [])
  }

  @Test func radiiThatReachAcrossTheRange() throws {
    try expectWarning("eps = 8 reaches across the whole pixel range [0, 1]", "attack", "--fgsm", "--eps", "8")
    try expectWarning("eps = 8 reaches across", "evaluate", "--eps", "0.1,8", "--suite", "fgsm")
    try expectWarning("eps = 1 reaches across", "attack", "--fgsm", "--eps", "1")
    try expectWarning("eps = 8 reaches across", "attack", "--fgsm", "--eps", "8", "--norm", "l2")
    try expectWarning("eps = 64 reaches across", "attack", "--fgsm", "--eps", "64", "--norm", "l1")
    try expectWarning("eps = 64 reaches across", "attack", "--attack", "noise", "--eps", "64", "--norm", "l0")
    #expect(try warnings(["attack", "--fgsm", "--eps", "7", "--norm", "l2"]) == [])
  }

  /// Floating-point pixels from 0 to 255, with the radius of [0, 1].
  @Test func radiiThatAreTinyForTheRange() throws {
    let bytes = try digits("bytes.h5") { ($0 * 255).rounded() }
    try expectWarning(
      "eps = 0.1 is less than a thousandth of the pixel range [0, 255]; eps is in stored units: what 0.1 is of [0, 1] "
        + "is 25.5 here", "attack", "--fgsm", "--eps", "0.1", "--data", bytes)
    try expectWarning("less than a thousandth", "evaluate", "--eps", "0.1", "--suite", "fgsm", "--data", bytes)
  }

  @Test func rangesThatAreNotThoseOfTheImages() throws {
    try expectWarning(
      "the pixels lie in [0, 1], but attacks may use [0, 255]", "attack", "--fgsm", "--eps", "8", "--pixel-range",
      "0:255", "--data", SampleFiles.digits)
    let normalized = try digits("normalized.h5") { ($0 - 0.305) / 0.376 }
    try expectWarning(
      "the images look normalised (mean", "attack", "--fgsm", "--eps", "0.1", "--pixel-range=-3:3", "--data",
      normalized)
    // Pixels of [-1, 1] are an ordinary range.
    let signed = try digits("signed.h5") { 2 * $0 - 1 }
    let found = try warnings(["attack", "--fgsm", "--eps", "0.1", "--pixel-range=-1:1", "--data", signed])
    #expect(!found.contains { $0.contains("normalised") })
  }

  @Test func modelsThatGuess() throws {
    let model = try SampleFiles.writeModel("fresh.h5", in: directory)
    try expectWarning(
      "cannot be told from guessing among 10 classes", "attack", "--fgsm", "--eps", "0.1", "--model", model)
    try expectWarning("cannot be told from guessing", "evaluate", "--eps", "0.1", "--suite", "fgsm", "--model", model)
    // Of a few images nothing can be said.
    let few = try warnings(["attack", "--fgsm", "--eps", "0.1", "--model", model, "--count", "10"])
    #expect(!few.contains { $0.contains("guessing") })
  }

  /// Logits scaled up make the cross-entropy flat.
  private func writeMaskedModel() throws -> String {
    let file = try ModelFile.read(from: SampleFiles.model)
    let last = try #require(file.network.parameterSpecifications.last).key
    var parameters = file.parameters
    for key in parameters.tensors.keys where key.node == last.node {
      parameters.tensors[key]?.withUnsafeMutableScalars { scalars in
        for index in scalars.indices { scalars[index] *= 1e4 }
      }
    }
    try ModelFile(network: file.network, parameters: parameters).write(to: directory.file("masked.h5"))
    return "masked.h5"
  }

  /// Gradients are exactly zero there, and what noise finds they do not.
  @Test func maskedGradients() throws {
    _ = try writeMaskedModel()
    let found = try warnings(["attack", "--pgd", "--eps", "0.2", "--model", "masked.h5"])
    #expect(found.contains { $0.contains(#/gradients were exactly zero.*--loss margin/#) }, "\(found)")
    let json = try Child.run(
      "attack", "--fgsm", "--eps", "0.2", "--model", "masked.h5", "--json", in: directory)
    let report = try JSONValue.parse(json.output)
    let (zero, all) = (report["zero_gradients"]?.number ?? 0, report["backwards"]?.number ?? 0)
    #expect(zero > all / 2 && zero <= all)
    let suite = try warnings(["evaluate", "--eps", "0.2", "--suite", "fgsm,noise", "--model", "masked.h5"])
    #expect(suite.contains { $0.contains("fell to a search and to no attack by gradients alone") }, "\(suite)")
    let margin = try warnings(["attack", "--pgd", "--loss", "margin", "--eps", "0.2", "--model", "masked.h5"])
    #expect(margin.isEmpty, "\(margin)")
  }

  /// A detector's report warns of the same, and does not advise options that it does not have.
  @Test func detectorsAreWarnedOfToo() throws {
    func detect(_ words: String...) throws -> [String] {
      try warnings(["evaluate", "--detector", "feature-squeezing:bits=3"] + words)
    }
    #expect(try detect("--eps", "0.1", "--count", "30") == [])
    #expect(try detect("--eps", "8", "--count", "30").first?.hasPrefix("eps = 8 reaches across the whole") == true)
    let bytes = try digits("bytes.h5") { ($0 * 255).rounded() }
    let tiny = try detect("--eps", "0.1", "--data", bytes)
    #expect(
      tiny.contains { $0.hasPrefix("eps = 0.1 is less than a thousandth of the pixel range [0, 255]") }, "\(tiny)")
    let normalized = try digits("normalized.h5") { ($0 - 0.305) / 0.376 }
    let shifted = try detect("--eps", "0.1", "--pixel-range=-3:3", "--data", normalized)
    #expect(shifted.contains { $0.hasPrefix("the images look normalised") }, "\(shifted)")
    let fresh = try SampleFiles.writeModel("fresh.h5", in: directory)
    let guessing = try detect("--eps", "0.1", "--count", "60", "--model", fresh)
    #expect(guessing.contains { $0.contains("cannot be told from guessing among 10 classes") }, "\(guessing)")
    let masked = try detect("--eps", "0.2", "--count", "60", "--model", writeMaskedModel())
    #expect(masked.contains { $0.hasSuffix("what they should have broken counts as robust") }, "\(masked)")
  }

  /// Once, below the table; where there is no table, as a note.
  @Test func endsThatCannotBeTakenOff() throws {
    let file = try ModelFile.read(from: SampleFiles.model)
    var network = file.network
    try network.append(.activation(.hardSigmoid(slope: 0.2)), named: "end")
    try ModelFile(network: network, parameters: file.parameters).write(to: directory.file("end.h5"))
    let doubt = "the outputs are made of the bounded or clipped values of 'end'"
    for words in [
      ["attack", "--fgsm"], ["evaluate", "--suite", "fgsm"], ["evaluate", "--detector", "feature-squeezing:bits=3"],
    ] {
      let words = words + ["--eps", "0.1", "--count", "30", "--model", "end.h5"]
      let found = try warnings(words)
      #expect(found.count { $0.hasPrefix(doubt) } == 1, "\(found)")
      // A suite attacks it by itself, and no detector is attacked so.
      #expect(found.contains { $0.contains("--loss margin") } == (words[0] == "attack"), "\(found)")
      let table = try Child.start(words, in: directory).wait().output
      #expect(table.ranges(of: doubt).count == 1 && !table.contains("Warning"), "\(table)")
    }
    for words in [["inspect", "end.h5"], ["predict", "--model", "end.h5"], ["gradient", "--model", "end.h5"]] {
      let output = words[0] == "gradient" ? ["--output", "g.h5"] : []
      let ending = try Child.start(words + output, in: directory).wait()
      #expect(ending.output.ranges(of: "Warning: \(doubt)").count == 1, "\(ending.output)\(ending.errors)")
    }
    let json = try Child.run("inspect", "end.h5", "--json", in: directory)
    let notes = try JSONValue.parse(json.output)["notes"]?.elements ?? []
    #expect(notes.contains { $0.string?.hasPrefix("Warning: \(doubt)") == true }, "\(notes)")
  }

  @Test func anAttackThatBreaksNothing() throws {
    try expectWarning(
      "Projected gradient descent broke nothing at eps = 0.0015", "attack", "--pgd", "--eps", "0.0015", "--count", "40")
  }

  /// 329 of 360 gradients are exactly zero, as its makers counted; the summation order may move a few.
  @Test func zeroGradientsOfASoftmaxThatSaturates() throws {
    guard let model = SampleFiles.shared("fixtures2/reports/zg_softmax.keras"),
      let data = SampleFiles.shared("fixtures2/reports/ten.h5")
    else { return }
    let ending = try Child.run(
      "evaluate", "--model", model, "--data", data, "--eps", "0.1", "--json", "--quiet", in: directory)
    let report = try JSONValue.parse(ending.output)
    let radius = try #require(report["radii"]?.elements.first)
    let union = try #require(radius["union"]?["robust_accuracy"]?.number)
    #expect(abs(union - 0.525) < 0.005, "\(union)")
    let attacks = radius["attacks"]?.elements ?? []
    #expect(attacks.first?["attack"]?["name"] == .string("fgsm"))
    #expect(abs((attacks.first?["zero_gradients"]?.number ?? 0) - 329) <= 5)
    #expect((report["warnings"]?.elements ?? []).contains { $0.string?.contains("exactly zero") == true })
  }

  /// An overflowing unit makes logits infinite: whatever the attack, nothing is robust that only was not finite.
  @Test func whatOverflowsIsNotRobust() throws {
    guard let model = SampleFiles.shared("fixtures2/stress/nandefence.h5") else { return }
    let network = ["--model", model, "--architecture", "mlp:hidden=17", "--input-shape", "1x8x8"]
    for epsilon in ["0.05", "0.3"] {
      let ending = try Child.start(["evaluate", "--eps", epsilon, "--json", "--quiet"] + network, in: directory).wait()
      let report = try JSONValue.parse(ending.output)
      let radius = try #require(report["radii"]?.elements.first)
      let union = try #require(radius["union"]?["robust_accuracy"]?.number)
      let members = (radius["attacks"]?.elements ?? []).compactMap { $0["robust_accuracy"]?.number }
      #expect(members.count == 4 && union <= members.min() ?? 0)
      if epsilon == "0.3" { #expect(union == 0) }
      #expect((radius["union"]?["invalid"]?.number ?? 0) > 0)
    }
    let required = try Child.start(
      ["evaluate", "--eps", "0.3", "--require-robust-accuracy", "0.25"] + network, in: directory
    ).wait()
    #expect(required.code == 2 && required.output.contains("invalid examples, counted as not robust: "))
  }

  @Test(arguments: [("nandefence.h5", "mlp:hidden=17"), ("huge.h5", "mlp:hidden=4")])
  func allCommandsAgreeOnTheCleanAccuracy(name: String, architecture: String) throws {
    guard let model = SampleFiles.shared("fixtures2/stress/\(name)") else { return }
    let network = ["--model", model, "--architecture", architecture, "--input-shape", "1x8x8", "--json", "--quiet"]
    let commands = [
      ["predict", "--output", "p.h5"], ["gradient", "--output", "g.h5"], ["attack", "--fgsm", "--eps", "0.1"],
      ["evaluate", "--eps", "0.1", "--suite", "fgsm"],
    ]
    let accuracies = try commands.map { command in
      let ending = try Child.start(command + network, in: directory).wait()
      #expect(ending.code == 0, "\(command): \(ending.errors)")
      return try JSONValue.parse(ending.output)["clean_accuracy"]
    }
    #expect(Set(accuracies.map { $0?.number }).count == 1, "\(accuracies)")
  }
}
