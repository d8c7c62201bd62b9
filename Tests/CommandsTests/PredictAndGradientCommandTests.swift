import Compute
import Exchange
import Networks
import Testing

/// `predict` and `gradient`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct PredictAndGradientCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test func logitsAreTheModels() throws {
    let ending = try Child.run("predict", "--count", "300", "--json", "--output", "p.h5", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    #expect(
      report.keys == [
        "command", "program_version", "model", "data", "count", "clean_accuracy", "invalid", "seconds", "output",
      ])
    #expect(report["program_version"]?.string == Provenance.programVersion)
    let data = try SampleFiles.testImages(count: 300)
    let predictions = try Predictions.read(from: directory.file("p.h5"))
    #expect(predictions.logits == (try SampleFiles.classifier().logits(of: data.images)))
    #expect(predictions.labels == data.labels)
    #expect(predictions.ids == data.ids)
    let hits = zip(predictions.logits.argmax(), data.labels).count { $0 == $1 }
    #expect(report["clean_accuracy"] == .number(Double(hits) / 300))
    #expect(predictions.provenance.dataSHA256 == data.sha256)
    #expect(predictions.provenance.version == Provenance.programVersion)
  }

  @Test(arguments: ["cross-entropy", "margin", "dlr"])
  func gradientsAreTheLoss(name: String) throws {
    let loss = try #require(Loss(name))
    let ending = try Child.run(
      "gradient", "--offset", "20", "--count", "280", "--loss", name, "--output", "g.h5", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("mean loss"))
    let data = try SampleFiles.testImages().selecting(Array(20..<300))
    let found = try Gradients.read(from: directory.file("g.h5"))
    let labels = data.labels
    let (logits, gradient) = try SampleFiles.classifier().pullback(at: data.images) { logits, rows in
      loss(logits, labels: Array(labels[rows])).gradient
    }
    // The command works in parts of 256; an example's gradient does not depend on them.
    #expect(found.gradient == gradient)
    #expect(found.losses == loss(logits, labels: data.labels).values.map(Double.init))
    #expect(found.ids == Array(20..<300))
    #expect(found.loss == name)
  }

  @Test func imagesWithoutAChannelAxis() throws {
    let path = try SampleFiles.write("nhw.h5", in: directory, shape: [4, 8, 8])
    #expect(try Child.run("predict", "--data", path, "--output", "p.h5", in: directory).code == 0)
    #expect(try Predictions.read(from: directory.file("p.h5")).logits.shape == [4, 10])
    #expect(try Child.run("gradient", "--data", path, "--output", "g.h5", in: directory).code == 0)
    // Written with the channel axis that every image has.
    #expect(try Gradients.read(from: directory.file("g.h5")).gradient.shape == [4, 1, 8, 8])
    let last = try SampleFiles.write("nhwc.h5", in: directory, shape: [4, 8, 8, 1])
    #expect(try Child.run("predict", "--data", last, "--output", "p.h5", in: directory).code == 0)
  }

  @Test func imagesAndLabelsByTheirKeys() throws {
    let attack = try Child.run("attack", "--fgsm", "--eps", "0.2", "--output", "adv.h5", in: directory)
    #expect(attack.code == 0)
    let ending = try Child.run(
      "predict", "--data", "adv.h5", "--images-key", "x_adv", "--labels-key", "y", "--output", "p.h5", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    // The network sees in the file what the evaluator saw.
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    let predictions = try Predictions.read(from: directory.file("p.h5"))
    #expect(predictions.logits.argmax() == set.examples.map(\.adversarialPrediction))
    let none = try Child.run("predict", "--data", "adv.h5", "--output", "p.h5", in: directory)
    #expect(none.code == 65)
    #expect(none.errors == "Error: adv.h5: expected a dataset, found adversarial examples\n")
  }

  @Test func anotherPixelRange() throws {
    let path = try SampleFiles.write(
      "255.h5", in: directory, pixels: (0..<256).map { Float($0) }, labels: [0, 1, 2, 3])
    // Never rescaled in silence, nor refused: said.
    let taken = try Child.run("predict", "--data", path, "--output", "p.h5", in: directory)
    #expect(taken.output.contains("ε is in units of 0 to 255"), "\(taken.output)")
    let ending = try Child.run(
      "attack", "--fgsm", "--eps", "8", "--data", path, "--pixel-range", "0:255", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("eps = 8 in stored pixel units, pixels in [0, 255]"), "\(ending.output)")
  }
}
