import FoundationEssentials
import Networks
import Testing

@Suite struct NetworkTests {
  /// A residual block and a classifier.
  private func residual() throws -> Network {
    var network = try Network(inputShape: [2, 4, 4])
    try network.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(3), padding: Edges(1))), named: "conv")
    try network.append(.add, named: "sum", to: [0, 1])
    try network.append(.flatten(.channelsLast), named: "flatten")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  @Test func nodesKnowTheirShapes() throws {
    let network = try residual()
    #expect(network.nodes.map(\.shape) == [[2, 4, 4], [2, 4, 4], [2, 4, 4], [32], [3]])
    #expect(network.nodes.map(\.inputs) == [[], [0], [0, 1], [2], [3]])
    #expect(network.inputShape == [2, 4, 4] && network.outputShape == [3] && network.outputIndex == 4)
    #expect(try network.classCount() == 3)
    #expect(network.index(of: "sum") == 2 && network.index(of: "none") == nil)
    #expect(network.inputShapes(of: 2) == [[2, 4, 4], [2, 4, 4]])
  }

  @Test func errorsNameTheNodeTheExpectedAndTheFound() throws {
    var network = try residual()
    let before = network
    #expect(throws: NetworkError(node: "again", expected: "a rank-1 input", found: "2×4×4")) {
      try network.append(.dense(Dense(outputs: 3)), named: "again", to: [1])
    }
    #expect(throws: NetworkError(node: "far", expected: "inputs among nodes 0 to 4", found: "5")) {
      try network.append(.softmax, named: "far", to: [5])
    }
    #expect(throws: NetworkError(node: "conv", expected: "a name of its own", found: "one that is empty or taken")) {
      try network.append(.softmax, named: "conv")
    }
    #expect(throws: NetworkError.self) { try network.append(.softmax, named: "") }
    #expect(throws: NetworkError(node: "pair", expected: "inputs of one shape, 32", found: "3")) {
      try network.append(.add, named: "pair", to: [3, 4])
    }
    #expect(throws: NetworkError(node: "second", expected: "no input", found: "1")) {
      try network.append(.input([3]), named: "second")
    }
    #expect(network == before)
    #expect(
      NetworkError(node: "conv", expected: "a", found: "b").description == "Node 'conv': expected a, found b.")
  }

  @Test func inputsNeedExtents() {
    #expect(throws: NetworkError.self) { try Network(inputShape: [1, 0, 8]) }
    #expect(throws: NetworkError.self) { try Network(inputShape: [-1, -8]) }
    #expect(throws: NetworkError.self) { try Network(inputShape: [1 << 40, 1 << 40]) }
    #expect(throws: NetworkError.self) { try Network(inputShape: [1, 1 << 19, 1 << 18]) }
  }

  @Test func classifiersEndInAVector() throws {
    let network = try Network(inputShape: [1, 8, 8])
    #expect(throws: NetworkError(node: "input", expected: "one logit per class", found: "an output of shape 1×8×8")) {
      try network.classCount()
    }
  }

  @Test func roundTripInJSON() throws {
    var network = try residual()
    network.hadFinalSoftmax = true
    let data = try JSONEncoder().encode(network)
    #expect(try JSONDecoder().decode(Network.self, from: data) == network)
  }

  @Test func aFileCannotMakeWhatAppendRefuses() {
    let input = #"{"name": "input", "operation": {"input": [2, 4, 4]}, "inputs": []}"#
    for nodes in [
      "", #"{"name": "a", "operation": {"softmax": true}, "inputs": []}"#,
      input + #", {"name": "a", "operation": {"softmax": true}, "inputs": ["b"]}"#,
      input + #", {"name": "a", "operation": {"dense": {"outputs": 3, "hasBias": true}}, "inputs": ["input"]}"#,
      input + #", {"name": "a", "operation": {"softmax": true}, "inputs": []}"#,
    ] {
      #expect(throws: NetworkError.self, "\(nodes)") {
        try JSONDecoder().decode(Network.self, from: Data("{\"nodes\": [\(nodes)]}".utf8))
      }
    }
  }
}
