import AdvLab
import Testing

/// The library loads models and data as the program does: the same logits, remarks and refusals.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct LibraryAgreementTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// A model and data that it takes, after a change of shape or range or without one.
  enum Pair: CaseIterable {
    case shipped
    /// A network that takes vectors.
    case flattened
    /// A network that scales bytes itself.
    case bytes
    /// A network that takes other pixels than there are.
    case scaledTwice
  }

  private func files(_ pair: Pair) throws -> (model: String, data: String) {
    switch pair {
    case .shipped: return (SampleFiles.model, SampleFiles.digits)
    case .flattened: return (try model([64]), try SampleFiles.write("d.h5", in: directory))
    case .bytes: return (try model([1, 8, 8], normalization: "mean=0,std=255"), try bytes())
    case .scaledTwice:
      return (try model([1, 8, 8], normalization: "mean=0,std=255"), try SampleFiles.write("d.h5", in: directory))
    }
  }

  private func model(_ inputShape: Shape, normalization: String? = nil) throws -> String {
    var network = try Architectures.network("mlp:hidden=6", inputShape: inputShape, classCount: 10)
    if let normalization { _ = try network.insertNormalization(PixelNormalization(normalization)) }
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
    try ModelFile(network: network, parameters: parameters).write(to: directory.file("m.h5"))
    return directory.file("m.h5")
  }

  private func bytes() throws -> String {
    let digits = try SampleFiles.testImages(count: 4)
    let place = AdvLab.Dataset.Origin.Place(file: "bytes")
    let images = Tensor<Float>(
      shape: digits.images.shape, scalars: digits.images.scalars.map { ($0 * 255).rounded() / 255 })
    try AdvLab.Dataset(
      name: "bytes", split: "test", images: images, labels: digits.labels, classCount: 10,
      origin: AdvLab.Dataset.Origin(images: place, labels: place)
    ).write(
      to: directory.file("b.h5"), as: .uint8,
      description: DatasetDescription(title: "", source: "", license: ""))
    return directory.file("b.h5")
  }

  @Test(arguments: Pair.allCases) func logitsAndRemarksAreTheSame(pair: Pair) throws {
    let files = try files(pair)
    let ending = try Child.run(
      "predict", "--model", files.model, "--data", files.data, "--json", "--output", "p.h5", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    let data = try AdvLab.Dataset.read(from: files.data)
    let model = try Model(contentsOf: files.model, for: data)
    let examples = try model.examples(of: data)
    #expect(
      try model.classifier.logits(of: examples.images) == Predictions.read(from: directory.file("p.h5")).logits)
    let report = try JSONValue.parse(ending.output)["data"]
    #expect(report?["pixel_remark"]?.string == examples.pixelNote?.description)
    #expect(report?["fit"]?.string == examples.fit && report?["detection"]?.string == examples.detection)
    #expect(report?["pixel_range"] == .array(examples.pixelRange.ends.map { .number(Double($0)) }))
  }

  /// A model and data that do not go together, or a file that is no model.
  enum Mismatch: CaseIterable {
    case shape, label, probe, dataset, missing
  }

  private func files(_ mismatch: Mismatch) throws -> (model: String, data: String) {
    switch mismatch {
    case .shape: return (SampleFiles.model, try SampleFiles.write("d.h5", in: directory, shape: [4, 1, 7, 7]))
    case .label:
      return (SampleFiles.model, try SampleFiles.write("d.h5", in: directory, labels: [0, 1, 2, 10]))
    case .probe: return (try modelWithWrongProbe(), SampleFiles.digits)
    case .dataset: return (SampleFiles.digits, SampleFiles.digits)
    case .missing: return (directory.file("none.h5"), SampleFiles.digits)
    }
  }

  private func modelWithWrongProbe() throws -> String {
    let file = try ModelFile.read(from: SampleFiles.model)
    let images = Tensor<Float>(shape: file.network.inputShape.batched(1), repeating: 0.5)
    let probe = ModelFile.Probe(images: images, logits: Tensor(shape: [1, 10], repeating: 99))
    let path = directory.file("probe.h5")
    try ModelFile(network: file.network, parameters: file.parameters, probe: probe).write(to: path)
    return path
  }

  @Test(arguments: Mismatch.allCases) func refusalsAreTheSame(mismatch: Mismatch) throws {
    let files = try files(mismatch)
    let ending = try Child.run("predict", "--model", files.model, "--data", files.data, in: directory)
    let error = #expect(throws: (any Error).self) {
      let data = try AdvLab.Dataset.read(from: files.data)
      _ = try Model(contentsOf: files.model, for: data).examples(of: data)
    }
    #expect(ending.code == (mismatch == .missing ? 66 : 65))
    #expect(ending.errors == error.map { "Error: \($0)\n" })
  }
}
