import Exchange
import HDF5
import Networks
import Testing

/// What is said of an architecture file that cannot be read, beside weights that would fit `fc`.
private func message(_ text: String) throws -> String {
  let directory = try TemporaryDirectory()
  let weights = directory.path + "/weights.h5"
  try File.write(atomicallyTo: weights) { try $0.write("fc.weight", [1, 2, 3, 4] as [Float], shape: [2, 2]) }
  let json = try directory.write("net.json", Array(text.utf8))
  return try #require(throws: ExchangeError.self) { try ModelRequest(path: weights, architecture: json).read() }.message
}

private func nodes(_ second: String) -> String {
  #"{"nodes": [{"operation": {"input": [2]}}, \#(second)]}"#
}

/// An error about the lab's own description speaks of that, and not of Keras.
@Test(
  arguments: [
    (
      #"{"name": "fc", "operation": {"dense": {}}}"#,
      "the field 'outputs' is missing (in nodes[1].operation.dense, node 'fc')"
    ),
    (#"{"operation": {"dense": {"outputs": 2}}}"#, "the field 'name' is missing (in nodes[1])"),
    (#"{"name": "fc"}"#, "the field 'operation' is missing (in nodes[1], node 'fc')"),
    (
      #"{"name": "fc", "operation": {"dense": {"outputs": 2, "bias": false}}}"#,
      "there is no field 'bias'; there are: outputs, hasBias (in nodes[1].operation.dense, node 'fc')"
    ),
    (
      #"{"name": "fc", "operation": {"activation": {"leakyReLU": {"alpha": 0.2}}}}"#,
      "there is no field 'alpha'; there is: slope (in nodes[1].operation.activation.leakyReLU, node 'fc')"
    ),
    (
      #"{"name": "fc", "operation": {"activation": "rely"}}"#,
      "found 'rely' (in nodes[1].operation.activation, node 'fc')"
    ),
    (#"{"name": "fc", "operation": {"linear": {"outputs": 2}}}"#, "found 'linear' (in nodes[1].operation, node 'fc')"),
    (#"{"name": "fc", "operation": {"add": false}}"#, "expected true (in nodes[1].operation.add, node 'fc')"),
    (
      #"{"name": "c", "operation": {"convolution": {"outputChannels": 2, "kernel": [1, 2, 3]}}}"#,
      "expected [height, width], found [1, 2, 3] (in nodes[1].operation.convolution.kernel, node 'c')"
    ),
    (
      #"{"name": "fc", "operation": {"dense": {"outputs": 2}}, "input": ["input"]}"#,
      "there is no field 'input'; there are: name, operation, inputs"
    ),
    (
      #"{"name": "fc", "operation": {"dense": {"outputs": 2}}, "inputs": ["x"]}"#,
      "Node 'fc': expected inputs that come before it, found 'x'."
    ),
  ])
func mistakesAreNamedInTheirPlace(node: String, expected: String) throws {
  let found = try message(nodes(node))
  #expect(found.hasPrefix("expected a network as JSON: ") && found.contains(expected), "\(found)")
}

@Test func otherJSONIsNoArchitecture() throws {
  #expect(try message("{").hasPrefix("expected JSON"))
  #expect(
    try message("[1]")
      == "expected an architecture: a JSON object with 'nodes', or Keras' model.to_json(), found another JSON value")
  #expect(try message(#"{"layer": []}"#).hasSuffix("found one with layer"))
}

@Test func placeholdersAreRefused() throws {
  #expect(
    try message(
      nodes(#"{"name": "a", "operation": {"activation": "?"}}, {"name": "fc", "operation": {"dense": {"outputs": 2}}}"#)
    )
      == "expected every '?' filled in, found one left, in node 'a'")
  #expect(
    try message(
      nodes(#"{"name": "a", "operation": {"activation": "?"}}, {"name": "b", "operation": {"activation": "?"}}"#))
      == "expected every '?' filled in, found 2 left, the first in node 'a'")
}
