import Networks
import Testing

@Suite struct ConsumersTests {
  private func network() throws -> Network {
    var network = try Network(inputShape: [3])
    try network.append(.activation(.relu), named: "a")
    try network.append(.activation(.tanh), named: "unread", to: [0])
    try network.append(.add, named: "twice", to: [1, 1])
    try network.append(.add, named: "sum", to: [3, 0])
    return network
  }

  @Test func readersStandInOrderAndAsOftenAsTheyRead() throws {
    #expect(try network().consumers == [[1, 2, 4], [3, 3], [], [4], []])
  }

  @Test func anOutputIsReadLastByItsLastReader() throws {
    #expect(try network().lastReads == [[], [], [2], [1], [0, 3]])
  }

  /// Values are numbered by the node that made them; at each node those that are still held are noted.
  @Test func evaluationReleasesOutputsAfterTheirLastRead() throws {
    final class Value {}
    weak var first: Value?
    var isHeld: [Bool] = []
    let network = try network()
    _ = network.evaluate { index, inputs -> Value in
      isHeld.append(first != nil)
      #expect(inputs.count == network.nodes[index].inputs.count)
      let value = Value()
      if index == 1 { first = value }
      return value
    }
    // Of node 1, whose last reader is node 3.
    #expect(isHeld == [false, false, true, true, false])
  }

  @Test func evaluationFollowsTheGraph() throws {
    let network = try network()
    let text = network.evaluate { index, inputs in
      inputs.isEmpty ? "x" : "\(network.nodes[index].name)(\(inputs.joined(separator: ",")))"
    }
    #expect(text == "sum(twice(a(x),a(x)),x)")
  }
}
