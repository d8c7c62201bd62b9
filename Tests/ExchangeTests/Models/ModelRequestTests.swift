import Exchange
import Networks
import Testing

/// The weights of a built-in architecture alone, as PyTorch's names have them.
private func weights(
  _ architecture: String, _ shape: Shape, _ classCount: Int, in directory: TemporaryDirectory
) throws -> String {
  let network = try Architectures.network(architecture, inputShape: shape, classCount: classCount)
  let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
  let path = directory.path + "/weights.h5"
  try PyTorchFormat.write(network, parameters, to: path)
  return path
}

@Test func dataDecideWhatAnArchitectureIsMadeFor() throws {
  let directory = try TemporaryDirectory()
  let path = try weights("tinycnn", [1, 8, 8], 3, in: directory)
  let request = ModelRequest(path: path, architecture: "tinycnn", data: DataForm(imageShape: [1, 8, 8], classCount: 3))
  let model = try request.read().model
  #expect(model.network.inputShape == [1, 8, 8])
  #expect(model.network.outputShape == [3])
  // Options override.
  var other = request
  other.inputShape = [1, 6, 6]
  let message = try #require(throws: ExchangeError.self) { try other.read() }.message
  #expect(
    message.contains("(tinycnn is made for images of 1×6×6 in 3 classes; --input-shape and --classes change that)"))
  #expect(message.utf8.count < 400, "\(message)")
  var more = request
  more.classCount = 4
  #expect(throws: ExchangeError.self) { try more.read() }
}

/// A part of a dataset need not show all classes, and a file of adversarial examples does not say how many there are.
@Test(arguments: [2, nil, 7] as [Int?])
func weightsDetermineTheNumberOfClasses(seen: Int?) throws {
  let directory = try TemporaryDirectory()
  for (name, count) in [("tinycnn", 3), ("mlp:hidden=5", 12), ("digits-cnn:width=4", 100)] {
    let path = try weights(name, [1, 8, 8], count, in: directory)
    let data = DataForm(imageShape: [1, 8, 8], classCount: seen)
    #expect(try ModelRequest(path: path, architecture: name, data: data).read().model.network.outputShape == [count])
  }
}

@Test func normalisationIsPutBeforeAnyNetwork() throws {
  let directory = try TemporaryDirectory()
  let path = try weights("tinycnn", [3, 8, 8], 3, in: directory)
  var request = ModelRequest(path: path, architecture: "tinycnn", data: DataForm(imageShape: [3, 8, 8], classCount: 3))
  request.normalization = try PixelNormalization("mean=0.5,0.25,0,std=0.5,0.25,2")
  let model = try request.read().model
  #expect(model.network.nodes[1].name == "normalize" && model.network.nodes[2].inputs == [1])
  #expect(model.parameters["normalize", .scale]?.scalars == [2, 4, 0.5])
  #expect(model.parameters["normalize", .shift]?.scalars == [-1, -1, 0])
  // The native model of the same, without it.
  request.normalization = nil
  let native = directory.path + "/native.h5"
  try request.read().model.write(to: native)
  var again = ModelRequest(path: native)
  again.normalization = try PixelNormalization("mean=0.5,0.25,0,std=0.5,0.25,2")
  #expect(try again.read().model.sha256 == model.sha256)
  // Never twice, and never for other images.
  try model.write(to: native)
  #expect(
    try #require(throws: ExchangeError.self) { try again.read() }.message
      == "expected a network that does not normalise its images beside --normalize, found 'normalize', which does")
  request.normalization = try PixelNormalization("mean=0.5,0.5,std=1")
  #expect(
    try #require(throws: ExchangeError.self) { try request.read() }.message
      .hasPrefix("expected --normalize with one value for all, or one for each of 3 channels"))
}

@Test func normalisationOfKerasModels() throws {
  let directory = try TemporaryDirectory()
  let network = try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 3)
  let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
  let path = directory.path + "/model.keras"
  try KerasFormat.write(network, parameters, to: path, as: .archive)
  let plain = try ModelRequest(path: path).read().model
  let model = try ModelRequest(path: path, normalization: PixelNormalization("mean=0.1307,std=0.3081")).read().model
  #expect(model.network.nodes.count == plain.network.nodes.count + 1)
  let expected = Affine.normalization(mean: [0.1307], deviation: [0.3081])
  #expect(model.parameters["normalize", .scale]?.scalars == expected.initialScale)
  #expect(model.parameters["normalize", .shift]?.scalars == expected.initialShift)
}
