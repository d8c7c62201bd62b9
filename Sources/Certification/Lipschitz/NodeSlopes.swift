internal import Networks

/// How a node that is not affine changes between two points of a region: `Σ slope · change of a source`, to within a
/// remainder.
struct NodeSlopes: Sendable {
  /// The slopes in each input; none where the remainder is all.
  var terms: [SlopedSources]
  /// The most that each scalar's change lies off, for a change of the image by 1.
  var remainder: [Double]

  /// The most that each scalar changes, where `inputs` are the most that the inputs' scalars do.
  func changes(_ inputs: [[Double]]) -> [Double] {
    var changes = remainder
    for (terms, input) in zip(terms, inputs) {
      for place in changes.indices { changes[place] += abs(terms.slopes[place]) * input[terms.source(of: place)] }
    }
    return changes
  }
}

extension NetworkBounds {
  /// The slopes of a node, from the bounds of its inputs and how much these change.
  func slopes(of index: Int, changes: [[Double]]) -> NodeSlopes {
    let nodes = network.network.nodes[index].inputs.map { self.nodes[$0] }
    let inputs = network.network.nodes[index].inputs.map { changes[$0] }
    var slopes =
      switch network.steps[index] {
      case .elementwise(let function): NodeSlopes(function, nodes[0], inputs[0])
      case .maximum(let windows): NodeSlopes(windows, MaximumSelection(windows, nodes[0]), inputs[0])
      case .product: NodeSlopes(productOf: nodes, inputs)
      case .softmax(let isLogarithm):
        NodeSlopes(
          softmax: self.nodes[index], channels: network.network.nodes[index].shape[0], isLogarithm: isLogarithm,
          inputs[0])
      case .normalization(let normalization): NodeSlopes(normalization, nodes[0], inputs[0])
      case .input, .affine: preconditionFailure("node \(index) needs no slopes")
      }
    // Slopes, products with them and the remainder are each off by less than γ of themselves.
    let sizes = slopes.changes(inputs)
    let gamma = network.rounding.gamma
    for place in sizes.indices { slopes.remainder[place] += 4 * gamma * sizes[place] + Rounding.underflow }
    return slopes
  }
}

extension NodeSlopes {
  /// The middle of the derivative's range, and half its width.
  fileprivate init(_ function: ElementwiseFunction, _ input: NodeBounds, _ changes: [Double]) {
    let shape = function.shape
    self.init(terms: [SlopedSources(slopes: changes)], remainder: changes)
    for place in changes.indices {
      let range = function.derivativeRange(of: place, on: input[place], shape)
      terms[0].slopes[place] = range.lower / 2 + range.upper / 2
      remainder[place] *= (range.upper - range.lower) / 2
    }
  }

  /// A maximum changes by no more than the input that changes most.
  fileprivate init(_ windows: SparseRows, _ selection: MaximumSelection, _ changes: [Double]) {
    terms = [
      SlopedSources(sources: selection.above.map { max($0, 0) }, slopes: selection.above.map { $0 < 0 ? 0 : 1 })
    ]
    remainder = selection.above.enumerated().map { output, source in
      source >= 0 ? 0 : windows.terms(of: output).reduce(0) { max($0, changes[Int(windows.sources[$1])]) }
    }
  }

  /// `x y − x′ y′ = (x − x′)(y + y′)/2 + (y − y′)(x + x′)/2`.
  fileprivate init(productOf inputs: [NodeBounds], _ changes: [[Double]]) {
    let count = max(changes[0].count, changes[1].count)
    let areas = changes.map { count / $0.count }
    terms = []
    remainder = [Double](repeating: 0, count: count)
    for (own, other) in [(0, 1), (1, 0)] {
      let factors = (0..<count).map { inputs[other][$0 / areas[other]] }
      terms.append(
        SlopedSources(
          sources: (0..<count).map { Int32($0 / areas[own]) }, slopes: factors.map { $0.lower / 2 + $0.upper / 2 }))
      for place in 0..<count {
        remainder[place] += (factors[place].upper - factors[place].lower) / 2 * changes[own][place / areas[own]]
      }
    }
  }

  /// With p the values, the derivatives are `pᵢ (δᵢⱼ − pⱼ)`, of the logarithms `δᵢⱼ − pⱼ`, and the p add up to 1.
  fileprivate init(softmax own: NodeBounds, channels: Int, isLogarithm: Bool, _ changes: [Double]) {
    let area = changes.count / max(channels, 1)
    terms = isLogarithm ? [SlopedSources(slopes: changes.map { _ in 1 })] : []
    remainder = changes
    for place in 0..<area {
      let indices = (0..<channels).map { $0 * area + place }
      let largest = indices.reduce(0) { max($0, changes[$1]) }
      for index in indices {
        // |pᵢ (1 − pᵢ) dᵢ − pᵢ Σ pⱼ dⱼ| ≤ pᵢ (1 − pᵢ) (|dᵢ| + max |dⱼ|), and p (1 − p) ≤ min(p, 1/4).
        remainder[index] =
          isLogarithm ? largest : min(max(own.upper[index], 0), 0.25) * (changes[index] + largest)
      }
    }
  }

  /// The derivatives of the normalised values v are `(δᵢⱼ − 1/n − vᵢ vⱼ / n) / σ`.
  fileprivate init(_ normalization: ExampleNormalization, _ input: NodeBounds, _ changes: [Double]) {
    terms = []
    remainder = changes
    for group in normalization.members {
      let scalars = group.map { input[$0] }
      let count = Double(group.count)
      let variance = max(Spread(scalars)?.variance.lower ?? 0, 0)
      let deviation = (variance + normalization.epsilon).squareRoot()
      let sizes = normalizedRanges(scalars, epsilon: normalization.epsilon).map { max(abs($0.lower), abs($0.upper)) }
      let mean = group.reduce(0) { $0 + changes[$1] } / count
      let weighted = zip(group, sizes).reduce(0) { $0 + changes[$1.0] * $1.1 } / count
      for (index, size) in zip(group, sizes) {
        remainder[index] = abs(normalization.scale[index]) / deviation * (changes[index] + mean + size * weighted)
      }
    }
  }
}
