internal import Networks

/// Intervals in which the scalars of one node lie, for all inputs of a region.
package struct NodeBounds: Sendable {
  /// The lower end of each scalar.
  package var lower: [Double]
  /// The upper end of each scalar.
  package var upper: [Double]
  /// What a coefficient of this node's scalars can cost in rounding errors while it is taken through the node, for the
  /// coefficient 1.
  package var error: [Double]
  /// What a pass through the node can lose where coefficients underflow.
  package var loss = 0.0

  init(lower: [Double], upper: [Double], error: [Double]) {
    self.lower = lower
    self.upper = upper
    self.error = error
  }

  /// The largest size of each scalar.
  var magnitudes: [Double] { zip(lower, upper).map { max(abs($0), abs($1)) } }

  /// The interval of one scalar.
  subscript(index: Int) -> Interval { Interval(lower[index], upper[index]) }

  /// Takes what is tighter.
  mutating func intersect(_ indices: [Int], lower newLower: [Double], upper newUpper: [Double]) {
    for (place, index) in indices.enumerated() {
      lower[index] = max(lower[index], newLower[place].asLowerBound)
      upper[index] = min(upper[index], -(-newUpper[place]).asLowerBound)
    }
  }

  /// The scalars that may have either sign.
  var unstable: [Int] { lower.indices.filter { lower[$0] < 0 && upper[$0] > 0 } }
}

extension BoundedNetwork {
  /// Interval bounds of one node from those of its inputs.
  func intervals(of index: Int, inputs: [NodeBounds], region: InputRegion) -> NodeBounds {
    switch steps[index] {
    case .input:
      let bounds = NodeBounds(lower: region.lower, upper: region.upper, error: [])
      return NodeBounds(
        lower: region.lower, upper: region.upper, error: bounds.magnitudes.map { $0 * rounding.gamma })
    case .affine(let step): return step.intervals(inputs, width: width(of: index), rounding)
    case .elementwise(let function): return function.intervals(inputs[0])
    case .maximum(let windows): return windows.maxima(inputs[0])
    case .product: return productBounds(inputs[0], inputs[1])
    case .softmax(let isLogarithm):
      return inputs[0].softmax(channels: network.nodes[index].shape[0], isLogarithm: isLogarithm)
    case .normalization(let normalization): return normalization.intervals(inputs[0])
    }
  }

  /// The number of scalars of a node.
  func width(of index: Int) -> Int { network.nodes[index].shape.count }
}

extension AffineStep {
  /// `W c + b ∓ |W| r` for the centre c and the radius r of the inputs, moved outward by the rounding errors.
  ///
  /// With m the largest size of each input, S = |W| m + |b| bounds the size of every sum here. Centre, radius and their
  /// difference are off by γ S each at most, and the factors' own errors by their share of S.
  func intervals(_ inputs: [NodeBounds], width: Int, _ rounding: Rounding) -> NodeBounds {
    var center = constants ?? [Double](repeating: 0, count: width)
    var (radius, sizes) = ([Double](repeating: 0, count: width), center.map { abs($0) })
    for (kernel, input) in zip(kernels, inputs) {
      let middle = zip(input.lower, input.upper).map { $0 / 2 + $1 / 2 }
      // Rounded up, so that the interval lies within the radius of the middle, whatever the middle was rounded to.
      let reach = middle.indices.map { max(input.upper[$0] - middle[$0], middle[$0] - input.lower[$0]).nextUp }
      guard let kernel else {
        for place in center.indices {
          center[place] += middle[place]
          radius[place] += reach[place]
          sizes[place] += abs(middle[place]) + reach[place]
        }
        continue
      }
      let magnitudes = input.magnitudes
      let (products, absolutes) = kernel.products(middle, reach, magnitudes, width: width)
      for place in center.indices {
        center[place] += products[place]
        radius[place] += absolutes[place]
        sizes[place] += absolutes[width + place]
      }
    }
    let share = rounding.gamma + relativeError
    var bounds = NodeBounds(lower: center, upper: center, error: sizes)
    bounds.loss = Rounding.loss(inputs)
    for place in center.indices {
      let constantError = constantErrors?[place] ?? 0
      let own = networkError * (1 + 0x1p-30) * sizes[place] + underflow
      let slack = 4 * share * sizes[place] + 2 * constantError + own
      let (lower, upper) = (center[place] - radius[place] - slack, center[place] + radius[place] + slack)
      // Of infinite inputs, and of what overflows, nothing is known.
      bounds.lower[place] = lower.asLowerBound
      bounds.upper[place] = -(-upper).asLowerBound
      bounds.error[place] = 2 * share * sizes[place] + constantError + own
    }
    return bounds
  }
}

extension LinearKernel {
  /// W times the first vector, and |W| times the other two, one after the other.
  fileprivate func products(
    _ vector: [Double], _ first: [Double], _ second: [Double], width: Int
  ) -> (plain: [Double], absolute: [Double]) {
    let plain = Rows(count: 1, width: width) { result in
      vector.withUnsafeBufferPointer { apply(to: $0, rows: 1, into: result) }
    }
    let absolute = Rows(count: 2, width: width) { result in
      (first + second).withUnsafeBufferPointer { applyAbsolute(to: $0, rows: 2, into: result) }
    }
    return (plain.scalars, absolute.scalars)
  }
}

extension ElementwiseFunction {
  fileprivate func intervals(_ input: NodeBounds) -> NodeBounds {
    let ranges = input.lower.indices.map { index in
      switch self {
      case .activation(let activation): activation.range(on: input[index])
      case .rectifier(let slopes): rectifierRange(slope: slopes[index], on: input[index])
      }
    }
    return NodeBounds(ranges)
  }
}

extension NodeBounds {
  /// Bounds from ranges, with no rounding errors of their own: those of a relaxation depend on its lines.
  init(_ ranges: [Interval]) {
    self.init(lower: ranges.map(\.lower), upper: ranges.map(\.upper), error: [])
  }

  /// Softmax over the first axis.
  fileprivate func softmax(channels: Int, isLogarithm: Bool) -> NodeBounds {
    let area = lower.count / max(channels, 1)
    var result = self
    for place in 0..<area {
      let indices = (0..<channels).map { $0 * area + place }
      let intervals = indices.map { self[$0] }
      let ranges = isLogarithm ? logSoftmaxRanges(intervals) : softmaxRanges(intervals)
      for (index, range) in zip(indices, ranges) {
        (result.lower[index], result.upper[index]) = (range.lower, range.upper)
      }
    }
    return result
  }
}

extension SparseRows {
  /// The maximum is monotone in every scalar of its window.
  fileprivate func maxima(_ input: NodeBounds) -> NodeBounds {
    NodeBounds(
      (0..<outputCount).map { output in
        var interval = Interval(-.infinity, -.infinity)
        for term in terms(of: output) {
          let source = Int(sources[term])
          interval.lower = max(interval.lower, input.lower[source])
          interval.upper = max(interval.upper, input.upper[source])
        }
        return interval
      })
  }

  /// The terms of one output.
  func terms(of output: Int) -> Range<Int> { Int(starts[output])..<Int(starts[output + 1]) }
}

/// Products of two nodes; the smaller one has one scalar for each channel of the larger one.
private func productBounds(_ a: NodeBounds, _ b: NodeBounds) -> NodeBounds {
  let count = max(a.lower.count, b.lower.count)
  let (areaA, areaB) = (count / a.lower.count, count / b.lower.count)
  return NodeBounds((0..<count).map { productRange(a[$0 / areaA], b[$0 / areaB]) })
}

extension ExampleNormalization {
  /// The scalars of each group.
  var members: [[Int]] {
    var members: [[Int]] = Array(repeating: [], count: (groups.max() ?? -1) + 1)
    for (index, group) in groups.enumerated() { members[group].append(index) }
    return members
  }

  fileprivate func intervals(_ input: NodeBounds) -> NodeBounds {
    var result = NodeBounds(lower: input.lower, upper: input.upper, error: [])
    for group in members {
      let ranges = normalizedRanges(group.map { input[$0] }, epsilon: epsilon)
      for (index, range) in zip(group, ranges) {
        let scaled = productRange(range, Interval(scale[index], scale[index]))
        result.lower[index] = (scaled.lower + shift[index]).nextDown
        result.upper[index] = (scaled.upper + shift[index]).nextUp
      }
    }
    return result
  }
}
