import Glibc

/// The logarithm of a sum or product of probabilities: the logits of a model that ends in one, such as the mean of the
/// softmaxes of an ensemble.
///
/// It keeps the order of the classes, and its gradient does not vanish where a probability is near 0: log(p + q) is
/// log p + softplus(log q − log p).
indirect enum LogarithmOfOutput {
  case logSoftmax(of: Int)
  case logSigmoid(of: Int)
  /// The same, reshaped by a node.
  case shaped(LogarithmOfOutput, by: Int)
  case scaled(LogarithmOfOutput, by: Float)
  /// Of a product.
  case sum([LogarithmOfOutput])
  /// Of a sum.
  case logSum([LogarithmOfOutput])

  /// Nil where the output of the node is not made of probabilities in this way.
  init?(of index: Int, _ network: Network, _ parameters: Parameters) {
    let node = network.nodes[index]
    let terms = { node.inputs.map { LogarithmOfOutput(of: $0, network, parameters) } }
    switch node.operation {
    case .softmax: self = .logSoftmax(of: node.inputs[0])
    case .activation(.sigmoid): self = .logSigmoid(of: node.inputs[0])
    case .dropout:
      guard let inner = terms()[0] else { return nil }
      self = inner
    case .flatten, .reshape:
      guard let inner = terms()[0] else { return nil }
      self = .shaped(inner, by: index)
    case .affine:
      guard let scale = parameters[node.name, .scale]?.scalars, Set(scale).count == 1, scale[0] > 0,
        Set(parameters[node.name, .shift]?.scalars ?? [0]) == [0], let inner = terms()[0]
      else { return nil }
      self = .scaled(inner, by: scale[0])
    case .add, .multiply:
      let found = terms().compactMap { $0 }
      // Factors of different shapes are not vectors of classes: one is repeated over H and W.
      guard found.count == node.inputs.count, Set(network.inputShapes(of: index)).count == 1 else { return nil }
      self = node.operation == .add ? .logSum(found) : .sum(found)
    default: return nil
    }
  }

  /// Whether it is a sum or product, and not a single softmax.
  var isCombination: Bool {
    switch self {
    case .logSoftmax, .logSigmoid: false
    case .shaped(let inner, _), .scaled(let inner, _): inner.isCombination
    case .sum, .logSum: true
    }
  }

  /// The nodes that it is computed from.
  var arguments: [Int] {
    switch self {
    case .logSoftmax(let index), .logSigmoid(let index): [index]
    case .shaped(let inner, _), .scaled(let inner, _): inner.arguments
    case .sum(let terms), .logSum(let terms): terms.flatMap(\.arguments)
    }
  }

  /// The sum of the outputs over all classes, where that is the same for every example: then softmax of the logits, times
  /// this, is the output.
  var total: Float? {
    switch self {
    case .logSoftmax: 1
    case .logSigmoid, .sum: nil
    case .shaped(let inner, _): inner.total
    case .scaled(let inner, let factor): inner.total.map { $0 * factor }
    case .logSum(let terms): terms.reduce(0) { sum, term in sum.flatMap { sum in term.total.map { sum + $0 } } }
    }
  }
}

/// Appends such a logarithm to a network.
struct LogarithmAppender {
  var network: Network
  var parameters: Parameters
  /// The indices in `network` of the nodes of `source`.
  let places: [Int: Int]
  let source: Network

  mutating func append(_ logarithm: LogarithmOfOutput) throws(NetworkError) -> Int {
    switch logarithm {
    case .logSoftmax(let index): return try node(.logSoftmax, "log_softmax", [places[index] ?? 0])
    case .logSigmoid(let index):
      let negative = try affine(places[index] ?? 0, scale: -1, shift: 0)
      return try affine(try node(.activation(.softplus), "softplus", [negative]), scale: -1, shift: 0)
    case .shaped(let inner, let index):
      return try node(source.nodes[index].operation, source.nodes[index].name, [try append(inner)])
    case .scaled(let inner, let factor): return try affine(try append(inner), scale: 1, shift: log(factor))
    case .sum(let terms):
      var sum = try append(terms[0])
      for term in terms.dropFirst() { sum = try node(.add, "log_product", [sum, try append(term)]) }
      return sum
    case .logSum(let terms):
      var sum = try append(terms[0])
      for term in terms.dropFirst() {
        let other = try append(term)
        let difference = try node(.add, "log_ratio", [other, try affine(sum, scale: -1, shift: 0)])
        sum = try node(.add, "log_sum", [sum, try node(.activation(.softplus), "softplus", [difference])])
      }
      return sum
    }
  }

  private mutating func affine(_ input: Int, scale: Float, shift: Float) throws(NetworkError) -> Int {
    let index = try node(.affine(Affine(initialScale: [scale], initialShift: [shift])), "log_affine", [input])
    let channels = network.nodes[index].shape[0]
    parameters[network.nodes[index].name, .scale] = Tensor(shape: [channels], repeating: scale)
    parameters[network.nodes[index].name, .shift] = Tensor(shape: [channels], repeating: shift)
    return index
  }

  private mutating func node(
    _ operation: Operation, _ name: String, _ inputs: [Int]
  ) throws(NetworkError) -> Int {
    try network.append(operation, named: network.freeName(name), to: inputs)
  }
}

extension Network {
  /// The name, with a number where it is taken.
  func freeName(_ wanted: String) -> String {
    guard index(of: wanted) != nil else { return wanted }
    var number = 2
    while index(of: "\(wanted)_\(number)") != nil { number += 1 }
    return "\(wanted)_\(number)"
  }
}
