import Testing

/// Right values of Keras models whose ends, outputs or pixels were read wrongly once.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct KerasRegressionTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// Runs a command on shared files; nil (and a line says so) where they are not there.
  private func report(_ command: [String], model: String, data: String, _ options: [String]) throws -> JSONValue? {
    guard let model = SampleFiles.shared("fixtures2/reports/\(model)"),
      let data = SampleFiles.shared("fixtures2/reports/\(data)")
    else { return nil }
    let ending = try Child.start(command + ["--json", "--model", model, "--data", data] + options, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  private func attack(_ model: String, _ data: String, _ options: String...) throws -> JSONValue? {
    try report(["attack"], model: model, data: data, options)
  }

  /// The manifest has two decimals of a percentage, and an example more or less may fall to another order of sums.
  private func expect(_ value: JSONValue?, _ expected: Double, examples: Double = 360) {
    #expect(abs((value?.number ?? -1) - expected) < 1 / examples, "\(String(describing: value))")
  }

  @Test func oneOutputIsTwoClasses() throws {
    guard let both = try attack("bin_sigmoid1.h5", "bin.h5", "--fgsm", "--eps", "0.1"),
      let zeros = try attack("bin_sigmoid1.h5", "bin0.h5", "--fgsm", "--eps", "0.1")
    else { return }
    expect(both["clean_accuracy"], 0.8889)
    expect(both["robust_accuracy"], 0.4333)
    expect(zeros["clean_accuracy"], 0.8785, examples: 181)
  }

  /// A network behind ten sigmoids is as weak as the same without them.
  @Test func sigmoidsHideNothing() throws {
    guard let sigmoids = try attack("ten_sig.h5", "ten.h5", "--pgd", "--eps", "0.1"),
      let logits = try attack("ten_logit.h5", "ten.h5", "--pgd", "--eps", "0.1")
    else { return }
    expect(sigmoids["robust_accuracy"], 0.583)
    #expect(sigmoids["robust_accuracy"] == logits["robust_accuracy"])
  }

  @Test func aReshapedSoftmaxHidesNothing() throws {
    for model in ["zg_softmax.keras", "zg_reshape.keras"] {
      guard let report = try report(["evaluate"], model: model, data: "ten.h5", ["--eps", "0.1"]) else { return }
      expect(report["radii"]?.elements.first?["union"]?["robust_accuracy"], 0.525)
    }
  }

  /// A network that divides by 255 itself gets bytes as they are, and it is said.
  @Test func bytesForANetworkThatRescales() throws {
    let output = ["--output", directory.file("p.h5")]
    guard let report = try report(["predict"], model: "resc.keras", data: "u8.h5", output) else { return }
    expect(report["clean_accuracy"], 0.894, examples: 1000)
    #expect(report["data"]?["pixel_range"] == .array([.number(0), .number(255)]))
    #expect(report["data"]?["pixel_remark"]?.string?.contains("eps counts in these units") ?? false)
    let given = try self.report(
      ["predict"], model: "resc.keras", data: "u8.h5", output + ["--pixel-range", "0:255"])
    #expect(given?["clean_accuracy"] == report["clean_accuracy"])
    #expect(given?["data"]?["pixel_remark"] == JSONValue.null || given?["data"]?["pixel_remark"] == nil)
    let text = try Child.run(
      "attack", "--fgsm", "--eps", "8", "--model", SampleFiles.shared("fixtures2/reports/resc.keras") ?? "", "--data",
      SampleFiles.shared("fixtures2/reports/u8.h5") ?? "", in: directory)
    #expect(text.output.contains("eps = 8 in stored pixel units, pixels in [0, 255]"), "\(text.output)\(text.errors)")
    #expect(text.output.contains("the network scales 0 to 255 itself"))
  }

  /// Pixels in [0, 1] that are no bytes cannot be helped: there is a warning.
  @Test func pixelsThatAreScaledTwice() throws {
    guard let model = SampleFiles.shared("fixtures2/reports/resc.keras") else { return }
    let data = try SampleFiles.write("unit.h5", in: directory, shape: [4, 1, 28, 28])
    let ending = try Child.run(
      "predict", "--model", model, "--data", data, "--output", "p.h5", in: directory)
    #expect(ending.output.contains("Warning: the network scales pixels of [0, 255] itself"), "\(ending.output)")
    let attack = try Child.run(
      "attack", "--fgsm", "--eps", "0.1", "--model", model, "--data", data, in: directory)
    // Below the table alone.
    #expect(attack.output.ranges(of: "the network scales pixels of [0, 255] itself").count == 1, "\(attack.output)")
    #expect(attack.output.contains("\nwarning  the network scales pixels"), "\(attack.output)")
  }
}
