import AdvLab
import FoundationEssentials
import Testing

/// Model and data as the library loads them. `LibraryAgreementTests` compare with what the program does.
@Suite final class LoadingTests {
  private let directory =
    FileManager.default.temporaryDirectory.path + "/advlab-loading-\(UInt64.random(in: 0 ... .max))"
  private static let shape: Shape = [1, 4, 4]

  init() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// A small network with new weights, which normalises its images where it is asked to.
  private func write(
    _ name: String, normalization: String? = nil, probe: (CompiledModel) throws -> ModelFile.Probe? = { _ in nil }
  ) throws -> String {
    var network = try Architectures.network("mlp:hidden=6", inputShape: Self.shape, classCount: 3)
    if let normalization { _ = try network.insertNormalization(PixelNormalization(normalization)) }
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
    let model = try CompiledModel(network: network, parameters: parameters)
    let path = directory + "/" + name
    try ModelFile(network: network, parameters: parameters, probe: probe(model)).write(to: path)
    return path
  }

  /// Images of all bytes, as a file of bytes holds them; `name` is that of the file.
  private func data(_ name: String, labels: Int = 3) throws -> Dataset {
    let place = Dataset.Origin.Place(file: name)
    let images = Tensor<Float>(shape: [16, 1, 4, 4], scalars: (0..<256).map { Float($0) / 255 })
    let path = directory + "/" + name
    try Dataset(
      name: "bytes", split: "test", images: images, labels: (0..<16).map { $0 % labels }, classCount: labels,
      origin: Dataset.Origin(images: place, labels: place)
    ).write(to: path, as: .uint8, description: DatasetDescription(title: "", source: "", license: ""))
    return try Dataset.read(from: path)
  }

  @Test func aFileWhoseLogitsTheEngineDoesNotGiveIsRefused() throws {
    let images = Tensor<Float>(shape: [1, 1, 4, 4], repeating: 0.5)
    let right = try write("right.h5") { ModelFile.Probe(images: images, logits: try $0.logits(of: images)) }
    #expect(try Model(contentsOf: right).notes.isEmpty)
    let wrong = try write("wrong.h5") {
      let logits = try $0.logits(of: images)
      return ModelFile.Probe(
        images: images, logits: Tensor(shape: logits.shape, scalars: logits.scalars.map { $0 + 1 }))
    }
    let error = #expect(throws: ExchangeError.self) { try Model(contentsOf: wrong) }
    #expect(error?.object == "/probe" && error?.message.hasPrefix("expected the logits stored with the model") == true)
  }

  @Test func aNetworkThatScalesBytesGetsThemAsTheyAreStored() throws {
    let data = try data("bytes.h5")
    #expect(data.pixelRange == PixelBox(0...1))
    let model = try Model(contentsOf: try write("m.h5", normalization: "mean=0,std=255"), for: data)
    let examples = try model.examples(of: data)
    var selection = DatasetSelection()
    selection.pixelRange = PixelBox(0...255)
    let stored = try Dataset.read(from: data.path, selection)
    #expect(examples.images == stored.images && examples.images.scalars == (0..<256).map { Float($0) })
    #expect(examples.pixelRange == stored.pixelRange && examples.detection == stored.detection)
    #expect(examples.pixelNote?.description.hasPrefix("the network scales 0 to 255 itself") == true)
    // They are bytes already: nothing is left to say or to do.
    #expect(try model.examples(of: stored).images == stored.images)
    #expect(try model.examples(of: stored).pixelNote == nil)
  }

  @Test func pixelsThatAreScaledTwiceAreAWarning() throws {
    let images = Tensor<Float>(shape: [1, 1, 4, 4], repeating: 0.5)
    let place = Dataset.Origin.Place(file: "unit")
    let unit = try Dataset(
      name: "unit", split: "test", images: images, labels: [0], classCount: 3,
      origin: Dataset.Origin(images: place, labels: place))
    let model = try Model(contentsOf: try write("m.h5", normalization: "mean=0,std=255"))
    let examples = try model.examples(of: unit)
    #expect(examples.images == images)
    #expect(
      examples.pixelNote
        == .warning(
          "the network scales pixels of [0, 255] itself, and these are in [0, 1]: they are scaled twice, or not at all")
    )
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let model = try Model(contentsOf: try write("m.h5"))
    let many = try data("many.h5", labels: 4)
    let error = #expect(throws: ModelError.self) { try model.examples(of: many) }
    #expect(
      error?.description
        == "\(many.path): expected labels below 3, the classes of the model \(model.name), found 3")
  }
}
