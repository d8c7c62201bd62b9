import Networks
import TestSupport
import Testing

@Suite struct SubnetworkTests {
  @Test func onlyWhatIsNeededIsKept() throws {
    var network = try Network(inputShape: [4])
    try network.append(.activation(.relu), named: "a")
    try network.append(.activation(.tanh), named: "beside", to: [0])
    try network.append(.dense(Dense(outputs: 2)), named: "dense", to: [1])
    try network.append(.softmax, named: "softmax")
    let (part, places) = try network.subnetwork(computing: [3])
    #expect(part.nodes.map(\.name) == ["input", "a", "dense"])
    #expect(places == [0: 0, 1: 1, 3: 2])
    #expect(try network.truncated(after: network.penultimateIndex).nodes.map(\.name) == ["input", "a"])
    #expect(throws: NetworkError.self) { try network.truncated(after: 5) }
  }
}
