/// Which nodes read a node's output, and for how long it is needed.
extension Network {
  /// The nodes that read each node's output, in order. One that reads it twice is listed twice.
  package var consumers: [[Int]] {
    var result: [[Int]] = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { result[input].append(index) }
    }
    return result
  }

  /// For each node the outputs that are no longer needed after it: those that it is the last to read, and its own where no
  /// node reads it. The output of the network is always needed.
  package var lastReads: [[Int]] {
    var result: [[Int]] = Array(repeating: [], count: nodes.count)
    for (index, readers) in consumers.enumerated() where index != outputIndex {
      result[readers.last ?? index].append(index)
    }
    return result
  }

  /// Evaluates the nodes in order and returns the output of the last. An output is released once its last reader has
  /// it.
  ///
  /// - Parameter body: The output of a node, from the outputs of its inputs.
  /// - Returns: The output of the network.
  package func evaluate<Value>(_ body: (_ node: Int, _ inputs: [Value]) throws -> Value) rethrows -> Value {
    var values: [Int: Value] = [:]
    let lastReads = lastReads
    for index in nodes.indices.dropLast() {
      values[index] = try body(index, nodes[index].inputs.compactMap { values[$0] })
      for unread in lastReads[index] { values[unread] = nil }
    }
    return try body(outputIndex, nodes[outputIndex].inputs.compactMap { values[$0] })
  }

  /// The most scalars of one example that are held at once in a forward pass.
  package var largestLiveCount: Int {
    let lastReads = lastReads
    var (live, most) = (0, 0)
    for index in nodes.indices {
      live = saturating(live, nodes[index].shape.count)
      most = max(most, live)
      for unread in lastReads[index] { live -= nodes[unread].shape.count }
    }
    return most
  }

  /// The scalars of all outputs for one example: what an interpreter that keeps every one of them needs.
  package var activationCount: Int { nodes.reduce(0) { saturating($0, $1.shape.count) } }
}

/// No node has more than 2³⁶ scalars, but there may be many.
private func saturating(_ sum: Int, _ term: Int) -> Int {
  let (value, overflow) = sum.addingReportingOverflow(term)
  return overflow ? .max / 2 : min(value, .max / 2)
}
