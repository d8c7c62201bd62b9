import Exchange
import HDF5
import Networks
import Testing

/// A network of two channels, with a normalisation that the architecture states, or without one.
private func network(_ normalization: String? = nil) throws -> Network {
  var network = try Network(inputShape: [2, 1, 1])
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 2, hasBias: false)), named: "fc")
  if let normalization { try network.insertNormalization(PixelNormalization(normalization)) }
  return network
}

private struct Stored {
  let directory: TemporaryDirectory
  var path: String { directory.path + "/weights.h5" }

  init(_ arrays: [(name: String, shape: [Int], values: [Float])], weights: [String] = ["fc.weight"]) throws {
    directory = try TemporaryDirectory()
    try File.write(atomicallyTo: path) { root in
      for name in weights { try root.write(name, [1, 2, 3, 4] as [Float], shape: [2, 2]) }
      for (name, shape, values) in arrays { try root.write(name, values, shape: shape) }
    }
  }

  func message(_ network: Network) throws -> String {
    try #require(throws: ExchangeError.self) { try PyTorchFormat.read(path, network: network) }.message
  }
}

/// The forms in which people keep a normaliser beside their network.
private let forms: [(mean: String, deviation: String, weights: String)] = [
  ("0.mean", "0.std", "1.fc.weight"), ("mean", "std", "model.fc.weight"), ("mu", "sigma", "fc.weight"),
  ("normalize.mean", "normalize.std", "model.fc.weight"), ("module.0.mean", "module.0.std", "module.1.fc.weight"),
  ("module.normalizer.new_mean", "module.normalizer.new_std", "module.model.fc.weight"),
  ("net.normalizer._mean", "net.normalizer._std", "net.fc.weight"), ("0.means", "0.sds", "1.fc.weight"),
]

@Test(arguments: forms)
func theNormalisationOfTheFileBecomesTheNetworks(form: (mean: String, deviation: String, weights: String)) throws {
  let stored = try Stored(
    [(form.mean, [1, 2, 1, 1], [0.5, 0.25]), (form.deviation, [2, 1, 1], [0.25, 2])], weights: [form.weights])
  // An architecture that leaves it out, and one that states the same.
  for network in [try network(), try network("mean=0.5,0.25,std=0.25,2")] {
    let model = try PyTorchFormat.read(stored.path, network: network)
    #expect(model.parameters["normalize", .scale]?.scalars == [4, 0.5])
    #expect(model.parameters["normalize", .shift]?.scalars == [-2, -0.125])
    #expect(model.network.inputNormalization == 1)
    #expect(model.notes.count { "\($0)".hasPrefix("images are normalised by mean 0.5, 0.25 and std 0.25, 2.0") } == 1)
  }
  let other = try stored.message(network("mean=0.5,std=0.5"))
  #expect(
    other == "expected the normalisation that the architecture states at 'normalize', or an architecture without one, "
      + "found mean 0.5, 0.25 and std 0.25, 2.0 in the file")
}

@Test func oneValueIsForAllChannels() throws {
  for shape in [[], [1], [1, 1, 1, 1]] {
    let stored = try Stored([("mean", shape, [0.5]), ("std", shape, [0.25])])
    let model = try PyTorchFormat.read(stored.path, network: network())
    #expect(model.parameters["normalize", .scale]?.scalars == [4, 4])
    #expect(model.parameters["normalize", .shift]?.scalars == [-2, -2])
  }
}

@Test func copiesOfANormaliserAreOne() throws {
  func arrays(_ copy: Float) -> [(String, [Int], [Float])] {
    [
      ("module.normalizer.new_mean", [2], [0.5, 0.25]), ("module.normalizer.new_std", [2], [0.25, 2]),
      ("module.attacker.normalize.new_mean", [2], [copy, 0.25]), ("module.attacker.normalize.new_std", [2], [0.25, 2]),
    ]
  }
  let weights = ["module.model.fc.weight", "module.attacker.model.fc.weight"]
  let stored = try Stored(arrays(0.5), weights: weights)
  let model = try PyTorchFormat.read(stored.path, network: network())
  #expect(model.parameters["normalize", .scale]?.scalars == [4, 0.5])
  #expect(
    try Stored(arrays(0.4), weights: weights).message(network())
      .hasPrefix("expected one normalisation of the images, found "))
}

@Test func incompleteNormalisationsAreRefused() throws {
  let lone = try Stored([("normalize.mean", [2], [0.5, 0.25])])
  #expect(
    try lone.message(network()).hasPrefix("expected a mean and a standard deviation, or neither, found normalize.mean"))
  let wide = try Stored([("mean", [3], [1, 2, 3]), ("std", [3], [1, 1, 1])])
  #expect(try wide.message(network()).hasPrefix("expected one mean for all, or one for each of 2 channels"))
  let flat = try Stored([("mean", [2], [1, 2]), ("std", [2], [1, 0])])
  #expect(try flat.message(network()).hasPrefix("expected standard deviations above 0"))
}

/// A scale and a shift under the network's own name, and a mean beside them, are two.
@Test func twoNormalisationsAreRefused() throws {
  let stored = try Stored([
    ("normalize.weight", [2], [1, 2]), ("normalize.bias", [2], [1, 2]), ("mean", [2], [1, 2]), ("std", [2], [1, 1]),
  ])
  #expect(
    try stored.message(network("mean=0.5,std=0.5")).hasPrefix("expected one normalisation of the images, found another")
  )
}
