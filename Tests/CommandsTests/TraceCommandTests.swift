import Exchange
import Foundation
import Networks
import Testing

/// `advlab trace`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TraceCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ words: String...) throws -> Child.Ending { try Child.start(words, in: directory).wait() }

  private func trace(_ words: String...) throws -> JSONValue {
    let ending = try Child.start(["trace", "--json"] + words, in: directory).wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  /// Differences of neighbours, written by hand, and their absolute values' sum in two logits.
  private static let differences = """
    {"nodes": [
      {"operation": {"input": [1, 2, 3]}},
      {"name": "edge/x", "operation": {"convolution": {"outputChannels": 1, "kernel": [1, 2], "hasBias": false}}},
      {"name": "relu", "operation": {"activation": "relu"}},
      {"name": "flat", "operation": {"flatten": true}},
      {"name": "sum", "operation": {"dense": {"outputs": 2, "hasBias": false}}}],
     "weights": {"edge/x.weight": [[[[-1, 1]]]], "sum.weight": [[1, 1, 1, 1], [-1, 0, 0, 0]]}}
    """

  /// [1, 0.5, 0], [0, 0.25, 1] has the differences [-0.5, -0.5], [0.25, 0.75].
  @Test func numbersThatCanBeCheckedByHand() throws {
    try directory.write("net.json", Array(Self.differences.utf8))
    try SampleFiles.write(
      "data.h5", in: directory, shape: [1, 1, 2, 3], pixels: [1, 0.5, 0, 0, 0.25, 1], labels: [1])
    let report = try trace("--model", "net.json", "--data", "data.h5", "--layout", "nchw")
    let example = try #require(report["examples"]?.elements.first)
    let nodes = try #require(example["nodes"]?.elements)
    #expect(nodes.map { $0["node"] } == ["input", "edge/x", "relu", "flat", "sum"].map { .string($0) })
    #expect(nodes[1]["smallest"] == .number(-0.5) && nodes[1]["largest"] == .number(0.75))
    #expect(nodes[1]["mean"] == .number(0) && nodes[1]["zeros"] == .number(0))
    #expect(nodes[2]["smallest"] == .number(0) && nodes[2]["mean"] == .number(0.25))
    #expect(nodes[2]["zeros"] == .number(0.5))
    #expect(example["logits"] == .array([.number(1), .number(0)]))
    #expect(example["label"] == .number(1) && example["predicted"] == .number(0))
    #expect(nodes[0]["change"] == nil && example["attacked_logits"] == nil)
  }

  /// The same logits as `predict` gives, and the image's change is the distance in the file over the image's length.
  @Test func whatAnAttackChanges() throws {
    let attack = try run("attack", "--pgd", "--eps", "0.2", "--count", "10", "--output", "adv.h5")
    #expect(attack.code == 0)
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    let report = try trace("--adversarial", "adv.h5", "--offset", "3", "--count", "2")
    let examples = try #require(report["examples"]?.elements)
    #expect(examples.count == 2)
    for (example, row) in zip(examples, 3...) {
      let expected = set.examples[row]
      let length = set.images.examples(row..<row + 1).scalars.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(example["index"] == .number(Double(expected.id)))
      #expect(example["predicted"] == .number(Double(expected.cleanPrediction)))
      #expect(example["attacked_predicted"] == .number(Double(expected.adversarialPrediction)))
      let change = try #require(example["nodes"]?.elements.first?["change"]?.number)
      // Distances are those of single precision.
      #expect(abs(change - expected.distanceL2 / length) < 1e-6)
      // The engine sums in single precision: a few hundred roundings at most.
      #expect(try #require(example["engine_difference"]?.number) < 1e-4)
    }
    let text = try run("trace", "--adversarial", "adv.h5")
    #expect(text.output.contains(/input +input +1×8×8 .* %\n/) && text.output.contains("attacked, probability"))
    let plot = try run("trace", "--adversarial", "adv.h5", "--count", "9", "--report", "t.svg")
    #expect(plot.code == 0, "\(plot.errors)")
    #expect(String(decoding: try directory.read("t.svg"), as: UTF8.self).contains("Where the change grows"))
    let beyond = try run("trace", "--adversarial", "adv.h5", "--offset", "10")
    #expect(beyond.code == 65 && beyond.errors.contains("it holds 10 examples"), "\(beyond.errors)")
    #expect(try run("trace", "--adversarial", "adv.h5", "--data", "x.h5").code == 64)
  }

  /// A node's name comes from a file: it must not leave the directory.
  @Test func picturesOfEveryNode() throws {
    try directory.write(
      "net.json", Array(Self.differences.replacingOccurrences(of: "edge/x", with: "../../edge").utf8))
    try SampleFiles.write("data.h5", in: directory, shape: [1, 1, 2, 3], pixels: [1, 0.5, 0, 0, 0.25, 1], labels: [1])
    let ending = try run(
      "trace", "--model", "net.json", "--data", "data.h5", "--layout", "nchw", "--save-images", "pics", "--show", "1",
      "--report", "t.html")
    #expect(ending.code == 0, "\(ending.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.file("pics/000000")).sorted()
    #expect(
      files == [
        "00-input.png", "01-______edge.png", "02-relu.png", "03-flat.png", "04-sum.png", "sheet.png",
      ])
    // Grey is 0, and ±0.75 would be black and white; every number is a square of 32 pixels within a white border.
    let greys = [-0.5, -0.5, 0.25, 0.75].map { UInt8(((0.5 + 0.5 * $0 / 0.75) * 255).rounded()) }
    var samples = [UInt8](repeating: 255, count: 66 * 66)
    for y in 0..<64 {
      for x in 0..<64 { samples[(y + 1) * 66 + x + 1] = greys[y / 32 * 2 + x / 32] }
    }
    #expect(
      try directory.read("pics/000000/01-______edge.png")
        == #require(PNGEncoder.bytes(of: samples, width: 66, height: 66, channels: 1)))
    #expect(ending.output.contains("\n\n../../edge, 1×2×2\n"), "\(ending.output)")
    let page = String(decoding: try directory.read("t.html"), as: UTF8.self)
    #expect(page.contains("Example 0, class 1, is taken for 0.") && page.contains("What every node makes of an image"))
    let again = try run(
      "trace", "--model", "net.json", "--data", "data.h5", "--layout", "nchw", "--save-images", "pics")
    #expect(again.code == 73 && again.errors.contains("holds files already"))
  }

  /// Weights of any size: what overflows is shown as missing, and pictures are made all the same.
  @Test func numbersThatOverflow() throws {
    let text = Self.differences.replacingOccurrences(of: "[-1, 1]", with: "[-3e38, 3e38]")
      .replacingOccurrences(of: "[1, 1, 1, 1]", with: "[3e38, 3e38, 3e38, -3e38]")
    try directory.write("net.json", Array(text.utf8))
    try SampleFiles.write("data.h5", in: directory, shape: [1, 1, 2, 3], pixels: [1, 0.5, 0, 0, 0.25, 1], labels: [1])
    let ending = try run(
      "trace", "--model", "net.json", "--data", "data.h5", "--layout", "nchw", "--save-images", "pics", "--show", "4",
      "--report", "t.html")
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try trace("--model", "net.json", "--data", "data.h5", "--layout", "nchw")
    // Doubles hold the products of single precision, which the logits are not.
    #expect(report["examples"]?.elements.first?["predicted"] == nil)
  }

  @Test func ofALargeSetNotAll() throws {
    let ending = try run("trace", "--count", "101")
    #expect(ending.code == 64 && ending.errors.contains("expected 1 to 100, found 101"), "\(ending.errors)")
  }
}
