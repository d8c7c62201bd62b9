import Exchange
import FoundationEssentials
import HDF5
import Networks
import Testing

/// Weights alone beside a built-in architecture: the data say what it is made for.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct WeightsAloneTests {
  private let directory: ScratchDirectory
  private static let patterns = SampleFiles.data + "/patterns.h5"

  init() throws {
    directory = try ScratchDirectory()
  }

  /// TinyCNN's weights for three classes of 1×8×8, with PyTorch's names.
  private func writeWeights(prefix: String = "") throws {
    let network = try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 3)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    try File.write(atomicallyTo: directory.file("weights.h5")) { root in
      for (key, tensor) in parameters.tensors {
        try root.write("\(prefix)\(key.node).\(key.role)", tensor.scalars, shape: tensor.shape.extents)
      }
    }
  }

  private func run(_ arguments: String...) throws -> Child.Ending {
    try Child.start(arguments, in: directory).wait()
  }

  private static let model = ["--model", "weights.h5", "--architecture", "tinycnn"]

  /// Every command that reads a model beside data; nothing more needs to be said.
  @Test(
    arguments: [
      ["attack", "--fgsm", "--eps", "0.1"], ["evaluate", "--eps", "0.1", "--suite", "fgsm"],
      ["predict", "--output", "p.h5"], ["gradient", "--output", "g.h5"],
      ["evaluate", "--eps", "0.1", "--detector", "feature-squeezing:bits=3"],
      ["evaluate", "--eps", "0.1", "--suite", "fgsm", "--preprocess", "bit-depth:bits=3"],
    ])
  func theDataDecide(command: [String]) throws {
    try writeWeights()
    let ending = try Child.start(command + Self.model + ["--data", Self.patterns, "--quiet"], in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
  }

  /// Adversarial examples do not say how many classes there are; the weights do.
  @Test func verifyTakesTheShapeOfTheExamples() throws {
    try writeWeights()
    let attack = try Child.start(
      ["attack", "--fgsm", "--eps", "0.1", "--data", Self.patterns, "--output", "adv.h5", "--quiet"] + Self.model,
      in: directory
    ).wait()
    #expect(attack.code == 0, "\(attack.errors)")
    let verify = try Child.start(["verify", "adv.h5"] + Self.model, in: directory).wait()
    #expect(verify.code == 0, "\(verify.errors)")
  }

  /// A network behind a thermometer code sees other images than the dataset has.
  @Test func theDataAsThePreprocessorGivesThem() throws {
    let network = try Architectures.network("tinycnn", inputShape: [4, 8, 8], classCount: 3)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    try File.write(atomicallyTo: directory.file("weights.h5")) { root in
      for (key, tensor) in parameters.tensors {
        try root.write("\(key.node).\(key.role)", tensor.scalars, shape: tensor.shape.extents)
      }
    }
    let ending = try Child.start(
      [
        "evaluate", "--eps", "0.1", "--suite", "fgsm", "--count", "20", "--quiet", "--preprocess",
        "thermometer:levels=4",
      ]
        + Self.model + ["--data", Self.patterns], in: directory
    ).wait()
    #expect(ending.code == 0, "\(ending.errors)")
  }

  @Test func optionsOverrideAndErrorsAreShort() throws {
    try writeWeights(prefix: "net.")
    let digits = try run("predict", "--output", "p.h5", "--model", "weights.h5", "--architecture", "mlp")
    #expect(digits.code == 65)
    #expect(digits.errors.utf8.count < 600, "\(digits.errors)")
    let wrong = try run(
      "predict", "--output", "p.h5", "--model", "weights.h5", "--architecture", "tinycnn", "--classes", "4", "--data",
      Self.patterns)
    #expect(wrong.code == 65)
    #expect(wrong.errors.contains("is made for images of 1×8×8 in 4 classes"), "\(wrong.errors)")
    #expect(wrong.errors.contains("logits/weight is 4×27 in the network and 3×27 in the file"), "\(wrong.errors)")
  }

  @Test func aProposedArchitectureIsFilledInAndUsed() throws {
    try writeWeights()
    let proposed = try run("inspect", "weights.h5", "--write-architecture", "net.json")
    #expect(proposed.code == 0 && proposed.output.hasPrefix("written  net.json"), "\(proposed.errors)")
    // What was filled in by hand is not written over.
    #expect(try run("inspect", "weights.h5", "--write-architecture", "net.json").code == 73)
    let asItIs = try run("predict", "--output", "p.h5", "--model", "weights.h5", "--architecture", "net.json")
    #expect(asItIs.code == 65 && asItIs.errors.contains("expected every '?' filled in"), "\(asItIs.errors)")
    let text = String(decoding: try Data(contentsOf: URL(filePath: directory.file("net.json"))), as: UTF8.self)
    let filled = text.replacing(#"[1,"?","?"]"#, with: "[1, 8, 8]").replacing(#""padding":"?""#, with: #""padding":0"#)
      .replacing(#""stride":"?""#, with: #""stride":1"#)
      .replacing(
        #"{"activation":"?"}}"#,
        with: #"{"activation":"relu"}}, {"name": "p", "operation": {"pooling": {"kind": "max", "kernel": 2}}}"#)
    try directory.write("net.json", Array(filled.utf8))
    for (model, output) in [("net.json", "a.h5"), ("tinycnn", "b.h5")] {
      let ending = try run(
        "predict", "--output", output, "--model", "weights.h5", "--architecture", model, "--data", Self.patterns)
      #expect(ending.code == 0, "\(filled) \(ending.errors)")
    }
    let logits = try ["a.h5", "b.h5"].map {
      try File(reading: directory.file($0)).root.dataset("logits").read(as: Float.self)
    }
    #expect(logits[0] == logits[1])
  }

  @Test func numbersAreNumbersInJSON() throws {
    let list = try JSONValue.parse(try run("inspect", "--architectures", "--json").output)
    let mlp = list["architectures"]?.elements.first { $0["name"] == .string("mlp") }
    #expect(mlp?["options"]?["activation"] == .string("relu"))
    let resnet = list["architectures"]?.elements.first { $0["name"] == .string("resnet20-cifar") }
    #expect(resnet?["options"]?["width"] == .number(16))
    #expect(resnet?["options"]?["normalize"] == .string("none"))
    let path = try SampleFiles.write("attributes.h5", in: directory) { root in
      try root.attributes.set("count", to: 7)
      try root.attributes.set("scale", to: Float(0.5))
      try root.attributes.set("name", to: "7")
    }
    let attributes = try JSONValue.parse(try run("inspect", path, "--json").output)["attributes"]
    #expect(attributes?["count"] == .number(7) && attributes?["scale"] == .number(0.5))
    #expect(attributes?["name"] == .string("7"))
  }
}
