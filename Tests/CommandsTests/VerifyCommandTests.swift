import Exchange
import Networks
import Testing

/// What `attack` wrote is accepted; with any claim changed it is not.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct VerifyCommandTests {
  private let directory: ScratchDirectory
  private let set: AdversarialSet

  init() throws {
    directory = try ScratchDirectory()
    let ending = try Child.run(
      "attack", "--pgd", "--eps", "0.1", "--steps", "10", "--count", "60", "--output", "adv.h5", in: directory)
    guard ending.code == 0 else { throw ScratchFailure(ending.errors) }
    set = try AdversarialSet.read(from: directory.file("adv.h5"))
  }

  /// The set with something else in it.
  private func rewrite(
    examples: [AdversarialSet.Example]? = nil, images: Tensor<Float>? = nil, adversarial: Tensor<Float>? = nil,
    threat: AdversarialSet.Threat? = nil, provenance: Provenance? = nil, requested: Int? = nil
  ) throws {
    try AdversarialSet(
      images: images ?? set.images, adversarial: adversarial ?? set.adversarial, examples: examples ?? set.examples,
      statusNames: set.statusNames, threat: threat ?? set.threat, attack: set.attack,
      provenance: provenance ?? set.provenance, requested: requested ?? set.requested
    ).write(to: directory.file("changed.h5"))
  }

  private func expectRejection(_ message: String, _ options: String...) throws {
    let ending = try Child.start(["verify", "changed.h5"] + options, in: directory).wait()
    #expect(ending.code == 2, "\(message): \(ending.output)")
    #expect(ending.output.contains(message), "\(ending.output)")
    #expect(
      ending.errors.contains(/^Error: changed.h5: \d+ claims? do(es)? not hold; the first: .+\n$/), "\(ending.errors)")
  }

  private var broken: Int { self.set.examples.firstIndex { $0.isSuccess } ?? 0 }
  private var robust: Int { self.set.examples.firstIndex { $0.status == "robust" } ?? 0 }

  @Test func whatAttackWroteHolds() throws {
    #expect(set.examples.contains { $0.isSuccess } && set.examples.contains { $0.status == "robust" })
    let ending = try Child.run("verify", "adv.h5", "--data", SampleFiles.digits, in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("result  every claim holds"))
    let json = try Child.run("verify", "adv.h5", "--json", in: directory)
    let report = try JSONValue.parse(json.output)
    #expect(report["holds"] == .bool(true))
    #expect(report["count"] == .number(60))
    #expect(
      report.keys.isSuperset(of: [
        "command", "file", "model", "count", "clean_accuracy", "robust_accuracy", "seconds", "findings",
      ]))
    // Written again without a change it still holds, so it is the change that the tests below detect.
    try rewrite()
    #expect(try Child.run("verify", "changed.h5", in: directory).code == 0)
  }

  /// The engine that is asked for judges, be the model given or recorded.
  @Test(arguments: [[], ["--model", SampleFiles.model]])
  func theOracleMayJudge(model: [String]) throws {
    let ending = try Child.start(["verify", "adv.h5", "--engine", "reference"] + model, in: directory).wait()
    #expect(ending.code == 0 && ending.output.contains("engine  reference: double precision"), "\(ending.output)")
    let trace = try Child.start(["trace", "--adversarial", "adv.h5", "--engine", "reference"] + model, in: directory)
    #expect(try trace.wait().output.contains("engine  reference: logits differ by "))
  }

  @Test func aPixelBeyondTheRadius() throws {
    var scalars = set.adversarial.scalars
    let pixel = broken * set.adversarial.exampleSize + 27
    // Towards the far end of the range, so that it stays a valid pixel.
    scalars[pixel] += scalars[pixel] < 0.5 ? 0.3 : -0.3
    try rewrite(adversarial: Tensor(shape: set.adversarial.shape, scalars: scalars))
    try expectRejection("example \(set.examples[broken].id): the attack gave back a point at distance")
  }

  @Test(arguments: [Float.nan, 1.25, -0.001])
  func aPixelThatIsNone(pixel: Float) throws {
    var scalars = set.adversarial.scalars
    scalars[broken * set.adversarial.exampleSize + 27] = pixel
    try rewrite(adversarial: Tensor(shape: set.adversarial.shape, scalars: scalars))
    try expectRejection("example \(set.examples[broken].id): the attack gave back a")
  }

  @Test func aClaimThatIsWrong() throws {
    let changes: [(String, (inout AdversarialSet.Example) -> Void)] = [
      ("clean prediction", { $0.cleanPrediction = ($0.cleanPrediction + 1) % 10 }),
      ("adversarial prediction", { $0.adversarialPrediction = ($0.adversarialPrediction + 1) % 10 }),
      ("status robust in the file, misclassified now", { $0.label = ($0.label + 1) % 10 }),
      ("no class has the number 99", { $0.label = 99 }),
      ("success true in the file, false now", { $0.isSuccess.toggle() }),
      ("status broken in the file, robust now", { $0.status = "broken" }),
      ("L∞ distance", { $0.distanceLinf *= 0.9 }),
      ("L∞ distance nan", { $0.distanceLinf = .nan }),
      ("L2 distance", { $0.distanceL2 *= 1.1 }),
      ("a number of passes below 0: -1 forwards", { $0.forwards = -1 }),
      ("a number of passes below 0", { $0.backwards = -7 }),
      ("an index below 0", { $0.id = -1 }),
      ("stands in the file 2 times", { $0.id = set.examples[broken].id }),
      ("no class has the number 10 of the target", { $0.target = 10 }),
    ]
    for (message, change) in changes {
      var examples = set.examples
      change(&examples[robust])
      try rewrite(examples: examples)
      try expectRejection(message)
    }
  }

  @Test func anotherThreatModelOrModel() throws {
    try rewrite(threat: AdversarialSet.Threat(norm: "linf", epsilon: 0.05))
    try expectRejection("the attack gave back a point at distance")
    try rewrite(threat: AdversarialSet.Threat(norm: "huge", epsilon: 0.1))
    try expectRejection("the file does not say in which norm and radius its examples lie")
    try rewrite(threat: AdversarialSet.Threat(norm: "linf", epsilon: .infinity))
    #expect(try Child.run("verify", "changed.h5", in: directory).code == 65)
    let other = try SampleFiles.writeModel("other.h5", in: directory)
    try rewrite()
    try expectRejection("the file was made with the model of SHA-256", "--model", other)
    let small = try SampleFiles.writeModel("small.h5", in: directory, inputShape: [1, 6, 6])
    let ending = try Child.run("verify", "adv.h5", "--model", small, in: directory)
    #expect(ending.code == 65)
    #expect(ending.errors.contains("expected images of 1×6×6"))
  }

  /// The norm's own distance is claimed beside the others.
  @Test func theDistanceInTheAttacksNorm() throws {
    var examples = set.examples
    examples[broken].distance = 0.09
    try rewrite(examples: examples)
    try expectRejection("example \(examples[broken].id): distance 0.09 in the file, 0.1")
    // Files of earlier versions claim none.
    for row in examples.indices { (examples[row].distance, examples[row].seconds) = (nil, nil) }
    try rewrite(examples: examples)
    #expect(try Child.run("verify", "changed.h5", in: directory).code == 0)
  }

  /// A farther example than the radius is no success of a search for the nearest, and breaks no rule.
  @Test func aSearchForTheNearestHasItsOwnRules() throws {
    let threat = AdversarialSet.Threat(norm: "linf", epsilon: 0.05, budget: .minimal)
    try rewrite(threat: threat)
    try expectRejection("status broken in the file, beyond-radius now")
    var examples = set.examples
    for row in examples.indices where examples[row].isSuccess {
      (examples[row].status, examples[row].isSuccess) = ("beyond-radius", false)
    }
    try rewrite(examples: examples, threat: threat)
    let ending = try Child.run("verify", "changed.h5", in: directory)
    #expect(ending.code == 0 && ending.output.contains("; the nearest example, be it beyond eps"), "\(ending.output)")
    // Of a fixed radius the same file is full of violations.
    try rewrite(examples: examples, threat: AdversarialSet.Threat(norm: "linf", epsilon: 0.05, budget: .fixed))
    try expectRejection("the attack gave back a point at distance")
  }

  /// Without a radius any distance is a success.
  @Test func aSearchForTheNearestNeedsNoRadius() throws {
    for norm in ["linf", "l2", "l1"] {
      var examples = set.examples
      for row in examples.indices { examples[row].distance = nil }
      try rewrite(examples: examples, threat: AdversarialSet.Threat(norm: norm, epsilon: nil))
      let report = try JSONValue.parse(try Child.run("verify", "changed.h5", "--json", in: directory).output)
      #expect(report["holds"] == .bool(true), "\(report["findings"] as Any)")
      #expect(report["epsilon"] == .null && report["budget"] == .string("minimal"))
      #expect(report["warnings"]?.elements.isEmpty == true)
    }
    try rewrite(threat: AdversarialSet.Threat(norm: "linf", epsilon: nil, budget: .fixed))
    try expectRejection("the file does not say in which norm and radius its examples lie")
  }

  /// Any distance counts for attacks with limits of their own alone.
  @Test func anyDistanceNeedsAnAttackWithLimitsOfItsOwn() throws {
    try rewrite(threat: AdversarialSet.Threat(norm: "linf", epsilon: nil, budget: .transformation))
    try expectRejection("'pgd' keeps to a radius")
  }

  /// What the attack was after, nobody can say: nothing is judged.
  @Test func anExampleWithoutTarget() throws {
    var examples = set.examples
    for row in examples.indices { examples[row].target = (examples[row].label + 1) % 10 }
    examples[robust].target = nil
    try rewrite(examples: examples)
    try expectRejection("1 claim does not hold\n        example \(examples[robust].id): it has no target")
  }

  @Test func whatAReplayNeedsIsRecorded() throws {
    #expect(set.precision == "float32" && set.provenance.version == "0.1.0" && set.threat.budget == .fixed)
    #expect(set.provenance.seed == 0 && set.provenance.modelSHA256 != nil && set.provenance.dataSHA256 != nil)
    #expect(set.examples.allSatisfy { $0.seconds ?? -1 >= 0 && $0.distance == $0.distanceLinf })
    #expect(set.examples.contains { $0.seconds ?? 0 > 0 })
    for line in [["attack", "--attack", "noise"], ["evaluate", "--suite", "noise"]] {
      let words = line + ["--eps", "2", "--norm", "l1", "--draws", "2", "--count", "20", "--output", "l1.npz"]
      let ending = try Child.start(words, in: directory).wait()
      #expect(ending.code == 0, "\(ending.errors)")
      let other = try AdversarialSet.read(from: directory.file("l1.npz"))
      #expect(other.precision == "float32" && other.provenance.version == "0.1.0" && other.threat.budget == .fixed)
      #expect(other.examples.contains { $0.distance ?? 0 > $0.distanceL2 })
    }
  }

  @Test func otherCleanImagesThanTheDatasets() throws {
    var scalars = set.images.scalars
    let pixel = robust * set.images.exampleSize
    // Within the radius of its adversarial image: only the dataset can tell.
    scalars[pixel] = scalars[pixel] < 0.5 ? scalars[pixel] + 0.01 : scalars[pixel] - 0.01
    try rewrite(images: Tensor(shape: set.images.shape, scalars: scalars))
    try expectRejection("the clean image is not that of the dataset", "--data", SampleFiles.digits)
    var examples = set.examples
    examples[robust].id = 100_000
    try rewrite(examples: examples)
    try expectRejection("the dataset has no example of that index", "--data", SampleFiles.digits)
  }

  /// Wherever it stands, and whatever the file says of it.
  @Test(arguments: [Float.nan, .infinity, 1.5]) func aPixelThatIsNoneInAnyRow(pixel: Float) throws {
    let size = set.images.exampleSize
    var examples = set.examples
    // One that the model gets wrong: nothing was attacked, so no candidate is judged.
    examples[robust].label = (examples[robust].label + 1) % 10
    examples[robust].status = "misclassified"
    for row in [robust, broken] {
      for isClean in [true, false] {
        var scalars = (isClean ? set.images : set.adversarial).scalars
        scalars[row * size + 5] = pixel
        let changed = Tensor(shape: set.images.shape, scalars: scalars)
        try rewrite(
          examples: examples, images: isClean ? changed : nil, adversarial: isClean ? nil : changed)
        try expectRejection("example \(examples[row].id): /\(isClean ? "x" : "x_adv") has a")
      }
    }
  }

  @Test func aRadiusAndBoundsThatSayNothing() throws {
    try rewrite(threat: AdversarialSet.Threat(norm: "linf", epsilon: 1e30, bounds: -1e30...1e30))
    let ending = try Child.run("verify", "changed.h5", in: directory)
    #expect(ending.output.contains("threat"), "\(ending.output)")
    #expect(ending.output.contains("eps = 1e+30 in stored pixel units, pixels in [-1e+30, 1e+30]"))
    #expect(ending.output.contains("but attacks may use [-1e+30, 1e+30]"))
    #expect(ending.output.contains("eps = 1e+30 reaches across"))
    let json = try JSONValue.parse(try Child.run("verify", "changed.h5", "--json", in: directory).output)
    #expect(json["warnings"]?.elements.count == 2 && json["norm"] == .string("linf"))
    // The dataset knows better.
    try expectRejection("pixels in [-1e+30, 1e+30] in the file, in [0, 1] in the dataset", "--data", SampleFiles.digits)
  }

  @Test func theModelIsTheOneOfTheRecord() throws {
    let ending = try Child.run("verify", "adv.h5", in: directory)
    #expect(ending.output.contains("digits-cnn.h5") && ending.output.contains("threat  L∞, eps = 0.1"))
    let other = try SampleFiles.writeModel("other.h5", in: directory)
    _ = try Child.run(
      "attack", "--fgsm", "--eps", "0.1", "--count", "40", "--model", "other.h5", "--output", "of-other.h5",
      in: directory)
    let own = try Child.run("verify", "of-other.h5", in: directory)
    #expect(own.code == 0 && own.output.contains("other.h5 ("), "\(own.output)\(own.errors)")
    // Another network in its place is not taken for it.
    try SampleFiles.writeModel("other.h5", in: directory, architecture: "mlp")
    let replaced = try Child.run("verify", "of-other.h5", in: directory)
    #expect(replaced.code == 2 && replaced.output.contains("other.h5 is another now; name it with --model"))
    #expect(!replaced.output.contains("clean accuracy"))
    try directory.remove("other.h5")
    let missing = try Child.run("verify", "of-other.h5", in: directory)
    #expect(missing.code == 66 && missing.errors.contains("it was made with the model other.h5"), "\(missing.errors)")
    #expect(missing.errors.contains("--model"))
    #expect(other.hasSuffix("other.h5"))
  }

  @Test func aPartialSetSaysSo() throws {
    #expect(set.requested == 60)
    try rewrite(requested: 360)
    let ending = try Child.run("verify", "changed.h5", in: directory)
    #expect(ending.code == 0 && ending.output.contains("60 examples of 360: partial"), "\(ending.output)")
    let json = try JSONValue.parse(try Child.run("verify", "changed.h5", "--json", in: directory).output)
    #expect(json["requested"] == .number(360) && json["count"] == .number(60))
    try rewrite(requested: 59)
    try expectRejection("60 examples, although 59 were asked for")
  }

  @Test(arguments: [
    ("dup_robust.h5", 2, "example 0 stands in the file 60 times"),
    ("nanpix.h5", 2, "/x_adv has a NaN or infinite pixel"),
    ("loose.h5", 0, "but attacks may use [-1e+30, 1e+30]"),
  ]) func filesThatWereAccepted(name: String, code: Int32, message: String) throws {
    guard let file = SampleFiles.shared("fixtures2/stress/\(name)") else { return }
    // The network that ships with the lab may be another than the one they were made with, which is a finding, too.
    let ending = try Child.run("verify", file, in: directory)
    #expect(ending.code == code || ending.output.contains("is another now"), "\(ending.output)")
    #expect(ending.output.contains(message), "\(ending.output)")
  }

  @Test func aFileOfAnotherKind() throws {
    let ending = try Child.run("verify", SampleFiles.model, in: directory)
    #expect(ending.code == 65)
    #expect(ending.errors == "Error: \(SampleFiles.model): expected adversarial examples, found a model\n")
    #expect(try Child.run("verify", "none.h5", in: directory).code == 66)
  }
}
