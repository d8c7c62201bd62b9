import Exchange
import Foundation
import Networks
import Testing

/// A convolution that subtracts a pixel from the one on its right, and a sum of what is left.
private let edges = """
  {
    "nodes": [
      {"operation": {"input": [1, 2, 3]}},
      {"name": "edge", "operation": {"convolution": {"outputChannels": 1, "kernel": [1, 2], "hasBias": false}}},
      {"name": "flat", "operation": {"flatten": true}},
      {"name": "sum", "operation": {"dense": {"outputs": 2}}}
    ],
    "weights": {
      "sum.bias": [0, 0.5],
      "edge.weight": [[[[-1, 1]]]],
      "sum.weight": [[1, 1, 1, 1], [0.1, 0, 0, 1e-3]]
    }
  }
  """

private func read(_ text: String, architecture: String? = nil) throws -> (model: ModelFile, notes: [Note]) {
  let directory = try TemporaryDirectory()
  let path = try directory.write("net.json", Array(text.utf8))
  return try withExtendedLifetime(directory) { try ModelRequest(path: path, architecture: architecture).read() }
}

struct JSONWeightsTests {
  @Test func aNetworkWrittenByHand() throws {
    let (model, notes) = try read(edges)
    #expect(notes.isEmpty)
    #expect(model.network.nodes.map(\.name) == ["input", "edge", "flat", "sum"])
    #expect(model.parameters["edge", .weight] == Tensor(shape: [1, 1, 1, 2], scalars: [-1, 1]))
    #expect(model.parameters["sum", .weight] == Tensor(shape: [2, 4], scalars: [1, 1, 1, 1, 0.1, 0, 0, 0.001]))
    #expect(model.parameters["sum", .bias] == Tensor(shape: [2], scalars: [0, 0.5]))
  }

  /// As `json.dump({"weights": {k: v.tolist() for k, v in net.state_dict().items()}})` writes them.
  @Test func weightsAlone() throws {
    let text = #"{"weights": {"module.fc.weight": [[1, 2], [3, 4]], "module.fc.bias": [0, 1]}}"#
    #expect(throws: ExchangeError.self) { try read(text) }
    let directory = try TemporaryDirectory()
    let net = try directory.write(
      "fc.json",
      Array(#"{"nodes": [{"operation": {"input": [2]}}, {"name": "fc", "operation": {"dense": {"outputs": 2}}}]}"#.utf8)
    )
    let model = try withExtendedLifetime(directory) { try read(text, architecture: net).model }
    #expect(model.parameters["fc", .weight]?.scalars == [1, 2, 3, 4])
  }

  @Test(arguments: [
    ("[-1, 1]]]]", "[-1, 1], [1]]]]", "lists of numbers, equally long on each level"),
    ("[-1, 1]]]]", "[-1, \"1\"]]]]", "lists of numbers"),
    ("[-1, 1]]]]", "[-1, 1, 1]]]]", "1×1×1×2"),
    ("[-1, 1]]]]", "[-1, 1e39]]]]", "finite"),
    ("\"sum.bias\": [0, 0.5],", "", "sum"),
    ("\"weights\": {", "\"tensors\": {", "network without weights; name it with --architecture"),
    ("\"hasBias\": false", "\"bias\": false", "there is no field 'bias'"),
  ])
  func mistakes(text: String, mistake: String, expected: String) throws {
    let error = try #require(throws: ExchangeError.self) {
      try read(edges.replacingOccurrences(of: text, with: mistake))
    }
    #expect("\(error)".contains(expected), "\(error)")
  }

  @Test func tensorsBesideTheNetworkAreNamed() throws {
    let text = edges.replacingOccurrences(of: "\"sum.bias\":", with: "\"more.bias\": [1], \"sum.bias\":")
    #expect(try read(text).notes.contains { "\($0)".contains("more.bias") })
  }

  /// Weights in an architecture would be ignored.
  @Test func aWholeModelIsNoArchitecture() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("net.json", Array(edges.utf8))
    let error = try #require(throws: ExchangeError.self) { try ModelRequest.readArchitecture(path) }
    #expect(error.message.contains("a whole model; name it with --model"), "\(error)")
  }

  /// Every bit of the weights comes back, those of numbers with long decimals too.
  @Test func everyBitComesBack() throws {
    let network = try Architectures.network("digits-cnn:width=2", inputShape: [1, 8, 8], classCount: 10)
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    parameters.tensors = parameters.tensors.mapValues { tensor in
      Tensor(shape: tensor.shape, scalars: tensor.scalars.map { $0 * 1e-7 })
    }
    let directory = try TemporaryDirectory()
    let path = directory.path + "/net.json"
    #expect(try ModelForm.json.write(network, parameters, to: path).isEmpty)
    let (model, notes) = try ModelRequest(path: path).read()
    #expect(notes.isEmpty && model.network == network && model.parameters == parameters)
  }

  @Test func largeNetworksAreNoText() throws {
    let network = try Architectures.network("mlp:hidden=1000", inputShape: [1, 28, 28], classCount: 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    let directory = try TemporaryDirectory()
    let error = try #require(throws: ExchangeError.self) {
      try ModelForm.json.write(network, parameters, to: directory.path + "/net.json")
    }
    #expect(error.kind == .cannotWrite)
  }
}
