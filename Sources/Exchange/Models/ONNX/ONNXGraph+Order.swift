extension ONNXGraph {
  /// The nodes that an output needs, in an order in which every value is defined before it is used.
  ///
  /// Files list them in such an order; it is checked, as a cycle or a second definition would be.
  ///
  /// - Throws: `ExchangeError` for values that are not defined, or more than once.
  func nodes(neededFor output: String, file: String) throws -> [ONNXNode] {
    var definitions: [String: Int] = [:]
    let constants = Set(initializers.map(\.name))
    guard constants.count == initializers.count else {
      throw ExchangeError(file: file, expected: "a name of its own for each constant", found: "one twice")
    }
    let given = constants.union(inputs.map(\.name))
    for (index, node) in nodes.enumerated() {
      for name in node.outputs where !name.isEmpty {
        guard definitions.updateValue(index, forKey: name) == nil, !given.contains(name) else {
          throw ExchangeError(
            file: file, object: "node \(index) (\(node.typeName))", expected: "each value once",
            found: "'\(name)' a second time")
        }
      }
    }
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    var open = [output]
    while let name = open.popLast() {
      guard let index = definitions[name] else {
        guard given.contains(name) else {
          throw ExchangeError(file: file, expected: "values that are defined", found: "'\(name)', which is not")
        }
        continue
      }
      guard !isNeeded[index] else { continue }
      isNeeded[index] = true
      open += nodes[index].inputs.filter { !$0.isEmpty }
    }
    for (index, node) in nodes.enumerated() where isNeeded[index] {
      if let late = node.inputs.first(where: { definitions[$0].map { $0 >= index } ?? false }) {
        throw ExchangeError(
          file: file, object: "node \(index) (\(node.typeName))", expected: "a value that is defined before it is used",
          found: "'\(late)', which comes later or depends on itself")
      }
    }
    return nodes.indices.filter { isNeeded[$0] }.map { nodes[$0] }
  }
}
