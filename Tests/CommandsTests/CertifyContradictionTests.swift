import Exchange
import Networks
import Testing

/// A certificate that the engine contradicts is an error, whoever is to blame.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CertifyContradictionTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// y₀ = (10⁹x + 1) − 10⁹x = 1 and y₁ = ½ in exact arithmetic; in single precision y₀ is 1 at x = 0 alone, and 0 where
  /// 10⁹x has more digits than it holds.
  private func writeCancellingModel() throws {
    var network = try Network(inputShape: [1])
    try network.append(.dense(Dense(outputs: 2)), named: "hidden")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.dense(Dense(outputs: 2)), named: "logits")
    var parameters = Parameters()
    parameters["hidden", .weight] = Tensor(shape: [2, 1], scalars: [1e9, 1e9])
    parameters["hidden", .bias] = Tensor(shape: [2], scalars: [1, 0])
    parameters["logits", .weight] = Tensor(shape: [2, 2], scalars: [1, -1, 0, 0])
    parameters["logits", .bias] = Tensor(shape: [2], scalars: [0, 0.5])
    try ModelFile(network: network, parameters: parameters).write(to: directory.file("m.h5"))
    try SampleFiles.write("d.h5", in: directory, shape: [3, 1], pixels: [0, 0, 0], labels: [0, 0, 0])
  }

  @Test func isAnErrorWithTheExampleSaved() throws {
    try writeCancellingModel()
    let words = ["certify", "--model", "m.h5", "--data", "d.h5", "--pixel-range", "0:1", "--eps", "0.5"]
    let plain = try Child.start(words, in: directory).wait()
    #expect(plain.code == 0 && plain.output.contains("100.00 %"), "\(plain.output)\(plain.errors)")
    let ending = try Child.start(words + ["--attack", "noise:draws=50"], in: directory).wait()
    #expect(ending.code == 1, "\(ending.output)\(ending.errors)")
    for text in ["is certified for class 0", "defect of the lab", "contradiction-0.h5"] {
      #expect(ending.errors.contains(text), "\(ending.errors)")
    }
    let set = try AdversarialSet.read(from: directory.file("contradiction-0.h5"))
    #expect(set.examples.count == 1 && set.examples[0].isSuccess && set.examples[0].adversarialPrediction == 1)
    #expect(try Child.run("verify", "contradiction-0.h5", "--model", "m.h5", in: directory).code == 0)
  }
}
