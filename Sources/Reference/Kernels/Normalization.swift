import Networks

/// Mean and (biased) variance of every group.
struct Moments {
  var mean: [Double]
  var variance: [Double]
}

/// What batch, layer and group normalisation have in common: the scalars of a batch are divided into groups that share
/// mean and variance, and each scalar has its scale and shift.
struct Normalization {
  /// The group of every scalar of the batch.
  let groups: [Int]
  /// The number of groups.
  let groupCount: Int
  /// Scale and shift.
  let perChannel: PerChannel
  /// Added to the variance.
  let epsilon: Double

  /// Mean and variance of every group.
  func moments(of x: [Double]) -> Moments {
    let size = Double(x.count / groupCount)
    let mean = sums(of: x).map { $0 / size }
    let squares = x.indices.map { (x[$0] - mean[groups[$0]]) * (x[$0] - mean[groups[$0]]) }
    return Moments(mean: mean, variance: sums(of: squares).map { $0 / size })
  }

  /// The variance with the divisor n − 1, as running statistics take it; of a single scalar, 0.
  func unbiasedVariance(from moments: Moments, scalarCount: Int) -> [Double] {
    let size = scalarCount / groupCount
    return moments.variance.map { $0 * Double(size) / Double(max(size - 1, 1)) }
  }

  /// `(x − mean) / √(variance + ε)`.
  func normalized(_ x: [Double], moments: Moments) -> [Double] {
    x.indices.map { (x[$0] - moments.mean[groups[$0]]) / (moments.variance[groups[$0]] + epsilon).squareRoot() }
  }

  /// The gradient with respect to x, for the cotangent of the normalised values.
  ///
  /// Where mean and variance are functions of x, a change of x that only shifts or stretches a group changes nothing:
  /// the cotangent loses its mean and its component along the normalised values.
  func inputGradient(
    of cotangent: [Double], normalized: [Double], moments: Moments, throughMoments: Bool
  ) -> [Double] {
    let size = Double(cotangent.count / groupCount)
    let mean = sums(of: cotangent).map { $0 / size }
    let along = sums(of: cotangent.indices.map { cotangent[$0] * normalized[$0] }).map { $0 / size }
    return cotangent.indices.map { place in
      let group = groups[place]
      let inner = throughMoments ? mean[group] + normalized[place] * along[group] : 0
      return (cotangent[place] - inner) / (moments.variance[group] + epsilon).squareRoot()
    }
  }

  /// The gradients with respect to mean and variance where they are given, not computed.
  func momentGradients(of cotangent: [Double], input: [Double], moments: Moments) -> Moments {
    var gradient = Moments(
      mean: Array(repeating: 0, count: groupCount), variance: Array(repeating: 0, count: groupCount))
    for place in cotangent.indices {
      let group = groups[place]
      let deviation = (moments.variance[group] + epsilon).squareRoot()
      gradient.mean[group] -= cotangent[place] / deviation
      gradient.variance[group] -=
        cotangent[place] * (input[place] - moments.mean[group]) / (2 * deviation * deviation * deviation)
    }
    return gradient
  }

  private func sums(of values: [Double]) -> [Double] {
    PerChannel(indices: groups, count: groupCount).sums(of: values)
  }
}

/// Which entry of a parameter vector each scalar of a batch uses.
struct PerChannel {
  /// One index per scalar of the batch.
  let indices: [Int]
  /// The number of entries of the parameter.
  let count: Int

  /// `scale · x + shift`; an absent scale is 1, an absent shift 0.
  func transformed(_ x: [Double], scale: [Double]?, shift: [Double]?) -> [Double] {
    x.indices.map { (scale?[indices[$0]] ?? 1) * x[$0] + (shift?[indices[$0]] ?? 0) }
  }

  /// The sum of the values that use each entry.
  func sums(of values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (place, value) in values.enumerated() { sums[indices[place]] += value }
    return sums
  }
}

/// One entry per channel: the second axis of the batch.
func perChannel(of shape: Shape) -> PerChannel {
  let layout = NCHW(shape)
  return PerChannel(indices: (0..<shape.count).map(layout.channel(at:)), count: layout.channels)
}

extension BatchNormalization {
  /// A group per channel.
  func normalization(of shape: Shape) -> Normalization {
    let channels = perChannel(of: shape)
    return Normalization(
      groups: channels.indices, groupCount: channels.count, perChannel: channels, epsilon: Double(epsilon))
  }
}

extension LayerNormalization {
  /// A group per example and index on the remaining axes; an entry of scale and shift per index on `axes`.
  func normalization(of shape: Shape) -> Normalization {
    let normalizedAxes = axes.map { $0 + 1 }
    let otherAxes = (0..<shape.rank).filter { !normalizedAxes.contains($0) }
    return Normalization(
      groups: places(in: shape, along: otherAxes), groupCount: otherAxes.reduce(1) { $0 * shape[$1] },
      perChannel: PerChannel(
        indices: places(in: shape, along: normalizedAxes), count: normalizedAxes.reduce(1) { $0 * shape[$1] }),
      epsilon: Double(epsilon))
  }
}

extension GroupNormalization {
  /// A group per example and run of C / groups channels; an entry of scale and shift per channel.
  func normalization(of shape: Shape) -> Normalization {
    let layout = NCHW(shape)
    let groupSize = layout.channels / groups * layout.area
    return Normalization(
      groups: (0..<shape.count).map { $0 / groupSize }, groupCount: layout.count * groups,
      perChannel: perChannel(of: shape), epsilon: Double(epsilon))
  }
}

/// For every scalar of a tensor, its row-major index on `axes` alone.
private func places(in shape: Shape, along axes: [Int]) -> [Int] {
  (0..<shape.count).map { offset in
    let index = multiIndex(of: offset, in: shape)
    return axes.reduce(0) { $0 * shape[$1] + index[$1] }
  }
}

extension NodeEvaluation {
  /// Whether this node normalises with running statistics: batch normalisation in inference mode.
  var usesRunningStatistics: Bool {
    guard case .batchNormalization = node.operation, case .inference = mode else { return false }
    return true
  }

  /// The moments this node normalises with.
  func moments(of normalization: Normalization) -> Moments {
    guard usesRunningStatistics else { return normalization.moments(of: inputs[0].scalars) }
    return Moments(mean: parameter(.mean).scalars, variance: parameter(.variance).scalars)
  }
}
