import Exchange
import Foundation
import HDF5
import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct InspectCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func inspect(_ arguments: String...) throws -> Child.Ending {
    try Child.start(["inspect"] + arguments, in: directory).wait()
  }

  @Test func aModelNodeByNode() throws {
    let ending = try inspect(SampleFiles.model)
    #expect(ending.code == 0)
    #expect(ending.output.contains("parameters  19,258"))
    #expect(ending.output.contains(/conv3 +convolution +pool +32×4×4 +9,216 +147,456 +10×10/))
    let report = try JSONValue.parse(try inspect(SampleFiles.model, "--json").output)
    #expect(report["parameters"] == .number(19258))
    #expect(report["nodes"]?.elements.last?["shape"] == .array([.number(10)]))
  }

  @Test func aDataset() throws {
    let ending = try inspect(SampleFiles.digits)
    #expect(ending.output.contains("images          1×8×8, pixels in [0, 1], train and test"), "\(ending.output)")
    #expect(ending.output.contains(/x_train +dataset +1437×1×8×8 +float32/))
    let report = try JSONValue.parse(try inspect(SampleFiles.digits, "--json").output)
    #expect(report["kind"] == .string("dataset"))
    #expect(report["images"]?["classes"] == .number(10))
  }

  /// Whatever the program writes, it can show.
  @Test func everyFileTheProgramWrites() throws {
    for (command, kind) in [
      (["attack", "--fgsm", "--eps", "0.1", "--count", "9"], "adversarial"),
      (["predict", "--count", "9"], "predictions"),
      (["gradient", "--count", "9"], "gradients"), (["data", "generate", "patterns", "--train", "9"], "dataset"),
      (["train", "--architecture", "tinycnn", "--epochs", "1", "--count", "9"], "model"),
    ] {
      #expect(try Child.start(command + ["--output", "out.h5", "--force"], in: directory).wait().code == 0)
      let text = try inspect("out.h5")
      #expect(text.code == 0, "\(kind): \(text.errors)")
      #expect(
        text.output.contains("advlab \(command[0])") || text.output.contains("[\"\(command[0])\""), "\(text.output)")
      let report = try JSONValue.parse(try inspect("out.h5", "--json").output)
      #expect(report["kind"] == .string(kind))
    }
  }

  @Test func namesThatATerminalWouldObey() throws {
    let path = try SampleFiles.write("names.h5", in: directory) { root in
      try root.write("title\u{1B}[2J\u{7}", [1])
      try root.attributes.set("note", to: "\u{1B}]0;owned\u{7}")
      try root.attributes.set("scale", to: Float(0.1))
      try root.attributes.set("large", to: UInt64.max)
    }
    let ending = try inspect(path)
    #expect(ending.code == 0)
    #expect(ending.output.contains("title\u{FFFD}[2J\u{FFFD}"), "\(ending.output)")
    #expect(ending.output.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    #expect(ending.output.contains(/scale +0.100000001\n/))
    #expect(ending.output.contains(/large +18446744073709551615\n/))
  }

  /// The four weights of a convolution along the diagonals, and a constant for its bias.
  @Test func aConvolutionAsAMatrix() throws {
    let text = """
      {"nodes": [{"operation": {"input": [1, 3, 3]}},
        {"name": "conv", "operation": {"convolution": {"outputChannels": 1, "kernel": 2}}},
        {"name": "flat", "operation": {"flatten": true}}, {"name": "relu", "operation": {"activation": "relu"}}],
       "weights": {"conv.weight": [[[[1, 2], [3, 4]]]], "conv.bias": [5]}}
      """
    try directory.write("net.json", Array(text.utf8))
    let ending = try inspect("net.json", "--matrix", "conv", "--picture", "m.png")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("conv, convolution: 1×3×3 to 1×2×2"))
    #expect(ending.output.contains("1,1    ·    ·    ·    ·    1    2    ·    3    4  5\n"), "\(ending.output)")
    let report = try JSONValue.parse(try inspect("net.json", "--matrix", "conv", "--json").output)
    let rows = try #require(report["matrix"]?.elements.map { $0.elements.compactMap(\.number) })
    #expect(
      rows == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0], [0, 1, 2, 0, 3, 4, 0, 0, 0], [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
      ])
    #expect(report["constants"]?.elements.compactMap(\.number) == [5, 5, 5, 5])
    #expect(try inspect("net.json", "--matrix", "cnv").errors.contains("Did you mean 'conv'?"))
    #expect(try inspect("net.json", "--matrix", "relu").errors.contains("'relu' is activation"))
    #expect(try inspect("net.json", "--matrix", "conv", "--picture", "m.png").code == 73)
    #expect(try inspect("net.json", "--matrix", "conv", "--picture", "m.jpg").code == 64)
    // A variance below 0 has no root.
    let norm = text.replacingOccurrences(
      of: #"{"name": "relu", "operation": {"activation": "relu"}}"#,
      with: #"{"name": "relu", "operation": {"batchNormalization": {"hasScale": false, "hasShift": false}}}"#
    ).replacingOccurrences(
      of: "\"conv.bias\": [5]",
      with: "\"conv.bias\": [5], \"relu.running_mean\": [0, 0, 0, 0], \"relu.running_var\": [1, -1, 1, 1]")
    try directory.write("norm.json", Array(norm.utf8))
    let undefined = try inspect("norm.json", "--matrix", "relu", "--picture", "n.png")
    #expect(undefined.code == 65 && undefined.errors.contains("NaN or infinity"), "\(undefined.errors)")
    let large = try inspect(SampleFiles.model, "--matrix", "conv1")
    #expect(large.code == 65 && large.errors.contains("1,024 rows and 64 columns; expected at most 64"))
    #expect(try inspect(SampleFiles.model, "--matrix", "conv1", "--picture", "large.png").code == 0)
  }

  /// Files of other programs, where they lie beside the package.
  @Test(arguments: [
    "k3_lenet.h5", "torch_resnet18_flat.h5", "ds_images_labels.h5", "ds_svhn73.mat", "enc_lzf.weights.h5",
  ])
  func filesOfOthers(name: String) throws {
    guard let path = SampleFiles.shared("fixtures/\(name)") else { return }
    let ending = try inspect(path)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.hasPrefix("model ") || ending.output.contains("kind"))
    #expect(throws: Never.self) { try JSONValue.parse(try inspect(path, "--json").output) }
  }

  @Test func filesThatCannotBeShown() throws {
    let text = try directory.write("text", Array("nothing".utf8))
    #expect(try inspect(text).code == 65)
    #expect(try inspect(directory.path).code == 66)
    #expect(try inspect("none.h5").code == 66)
    let whole = try bytes(ofFile: SampleFiles.model)
    let cut = try directory.write("cut.h5", Array(whole.prefix(whole.count / 2)))
    let ending = try inspect(cut)
    #expect(ending.code == 65)
    #expect(ending.errors.contains("truncated"))
  }

  @Test func architectures() throws {
    let list = try inspect("--architectures")
    #expect(list.output.contains("mnist-madry"))
    let madry = try inspect("--architecture", "mnist-madry", "--input-shape", "1x28x28", "--json")
    // 832 + 51,264 + 3,212,288 + 10,250: the network of the paper.
    #expect(try JSONValue.parse(madry.output)["parameters"] == .number(3_274_634))
  }
}
