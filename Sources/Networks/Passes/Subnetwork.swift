/// Parts of a network as networks.
extension Network {
  /// The nodes that some nodes depend on, themselves included, and nothing else.
  ///
  /// - Parameter needed: The nodes.
  /// - Returns: The part, and for each of its nodes the index in the part by the index here.
  /// - Throws: `NetworkError` where a node cannot be appended, which a node of a network always can.
  package func subnetwork(computing needed: [Int]) throws(NetworkError) -> (network: Network, places: [Int: Int]) {
    var isNeeded = Set(needed)
    for index in nodes.indices.reversed() where isNeeded.contains(index) { isNeeded.formUnion(nodes[index].inputs) }
    var result = try Network(inputShape: inputShape)
    var places = [0: 0]
    for index in nodes.indices.dropFirst() where isNeeded.contains(index) {
      let node = nodes[index]
      places[index] = try result.append(node.operation, named: node.name, to: node.inputs.map { places[$0] ?? 0 })
    }
    return (result, places)
  }

  /// The network up to one node, which becomes its output; nodes that lead nowhere else are left out.
  public func truncated(after output: Int) throws(NetworkError) -> Network {
    guard nodes.indices.contains(output) else {
      throw NetworkError(node: "\(output)", expected: "a node among 0 to \(nodes.count - 1)", found: "none")
    }
    return try subnetwork(computing: [output]).network
  }

  /// The network without its last node.
  func droppingLast() throws(NetworkError) -> Network {
    var result = try Network(inputShape: inputShape)
    for node in nodes.dropFirst().dropLast() {
      try result.append(node.operation, named: node.name, to: node.inputs)
    }
    return result
  }

  /// The node whose values the last dense layer takes: the penultimate layer. The output itself where there is none.
  public var penultimateIndex: Int {
    let last = nodes.last { node in
      if case .dense = node.operation { true } else { false }
    }
    return last?.inputs.first ?? outputIndex
  }
}
