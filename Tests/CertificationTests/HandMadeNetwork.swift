import Certification
import Compute
import Networks

/// A chain of dense layers with an activation between every two.
struct HandMadeNetwork {
  /// Weights by row, and biases.
  typealias Layer = (weight: [[Float]], bias: [Float])

  let network: Network
  let parameters: Parameters
  let layers: [Layer]

  /// `activations` has what follows each layer, nil for nothing; none at all stands for ReLU after each but the last.
  init(_ layers: [Layer], activations: [Activation?] = []) throws {
    var network = try Network(inputShape: [layers[0].weight[0].count])
    var parameters = Parameters()
    for (index, layer) in layers.enumerated() {
      let name = "dense\(index)"
      try network.append(.dense(Dense(outputs: layer.bias.count)), named: name)
      parameters[name, .weight] = Tensor(
        shape: [layer.bias.count, layer.weight[0].count], scalars: Array(layer.weight.joined()))
      parameters[name, .bias] = Tensor(shape: [layer.bias.count], scalars: layer.bias)
      let activation = activations.isEmpty ? index < layers.count - 1 ? Activation.relu : nil : activations[index]
      if let activation { try network.append(.activation(activation), named: "activation\(index)") }
    }
    (self.network, self.parameters, self.layers) = (network, parameters, layers)
  }

  /// The network as bounds see it.
  func bounded() throws -> BoundedNetwork {
    try BoundedNetwork(network: network, parameters: parameters, kernels: DoubleKernels())
  }

  /// The outputs at a point in real arithmetic, where ReLU follows each layer but the last.
  func exactOutputs(at point: [Double]) -> [ExactSum] {
    var values = point.map { ExactSum($0) }
    for (index, layer) in layers.enumerated() {
      values = zip(layer.weight, layer.bias).map { row, bias in
        var sum = ExactSum(Double(bias))
        for (weight, value) in zip(row, values) { sum.add(value, times: Double(weight)) }
        return sum
      }
      if index < layers.count - 1 { values = values.map { $0.sign > 0 ? $0 : ExactSum(0) } }
    }
    return values
  }
}

/// A number without rounding errors: a sum of doubles that do not overlap.
///
/// Shewchuk, *Adaptive precision floating-point arithmetic and fast robust geometric predicates*, Discrete & Computational
/// Geometry 18, 1997: GROW-EXPANSION, and products that an FMA splits in two. Exact where nothing overflows or underflows.
struct ExactSum {
  /// From the smallest to the largest.
  private var parts: [Double]

  init(_ number: Double) { parts = number == 0 ? [] : [number] }

  /// That of the largest part.
  var sign: Int { parts.last.map { $0 > 0 ? 1 : -1 } ?? 0 }

  mutating func add(_ number: Double) {
    var (rest, result) = (number, [Double]())
    for part in parts {
      let sum = rest + part
      let virtual = sum - rest
      let error = (rest - (sum - virtual)) + (part - virtual)
      if error != 0 { result.append(error) }
      rest = sum
    }
    if rest != 0 { result.append(rest) }
    parts = result
  }

  mutating func add(_ other: ExactSum, times factor: Double) {
    for part in other.parts {
      let product = part * factor
      add((-product).addingProduct(part, factor))
      add(product)
    }
  }

  /// Whether a number is not above this one.
  func isNotBelow(_ number: Double) -> Bool {
    guard number.isFinite else { return number < 0 }
    var difference = self
    difference.add(-number)
    return difference.sign >= 0
  }
}
