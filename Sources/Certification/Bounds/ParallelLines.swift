internal import Networks

/// For each scalar two parallel lines in a scalar of the input, between which its function lies.
struct ParallelLines: Sendable {
  /// The scalars of the input and the lines' slopes; nil where all lines are level.
  var terms: SlopedSources?
  /// The values at 0 of the lines below.
  var lower: [Double]
  /// The values at 0 of the lines above.
  var upper: [Double]

  /// Level lines.
  init(level bounds: NodeBounds) {
    (lower, upper) = (bounds.lower, bounds.upper)
  }

  /// The lines of an element-wise function on the bounds of its input.
  init(_ function: ElementwiseFunction, on input: NodeBounds) {
    self.init(level: input)
    guard case .activation(let activation) = function, !activation.isRectifier else {
      let lines = function.lines(input, lowerSlope: .same)
      terms = SlopedSources(slopes: lines.lowerSlope)
      (lower, upper) = (lines.lowerIntercept, lines.upperIntercept)
      return
    }
    let shape = ActivationShape(activation)
    let bands = lower.indices.map { shape.narrowestBand(on: input[$0]) }
    terms = SlopedSources(slopes: bands.map(\.slope))
    (lower, upper) = (bands.map(\.range.lower), bands.map(\.range.upper))
  }

  /// The lines of maxima: the input where one is the maximum for certain, else numbers.
  init(_ selection: MaximumSelection, _ own: NodeBounds) {
    self.init(level: own)
    terms = SlopedSources(
      sources: selection.above.map { max($0, 0) }, slopes: selection.above.map { $0 < 0 ? 0 : 1 })
    for (place, source) in selection.above.enumerated() where source >= 0 { (lower[place], upper[place]) = (0, 0) }
  }
}

extension Activation {
  /// Whether the function is straight on both sides of 0, so that lines of the same slope are known for it.
  fileprivate var isRectifier: Bool {
    switch self {
    case .relu, .leakyReLU: true
    default: false
    }
  }
}

extension ActivationShape {
  /// A slope, and the range of the function less that slope times its argument on an interval.
  ///
  /// Of the slopes of the chord, at both ends and 0 the one with the narrowest range. For a function that bends one way the
  /// chord's is the best of all; for one that changes from convex to concave or back Singh et al. take the lesser one at the
  /// ends. Any slope is sound.
  func narrowestBand(on interval: Interval) -> (slope: Double, range: Interval) {
    var best = (slope: 0.0, range: range(on: interval))
    guard interval.lower < interval.upper, interval.lower.isFinite, interval.upper.isFinite else { return best }
    let rise = activation.value(interval.upper).value - activation.value(interval.lower).value
    let candidates = [
      rise / (interval.upper - interval.lower), activation.derivative(interval.lower).value,
      activation.derivative(interval.upper).value,
    ]
    let (above, below) = (Envelope(self, sign: 1, on: interval), Envelope(self, sign: -1, on: interval))
    for slope in candidates where slope.isFinite {
      let range = Interval(-below.height(aboveSlope: -slope), above.height(aboveSlope: slope))
      if range.upper - range.lower < best.range.upper - best.range.lower { best = (slope, range) }
    }
    return best
  }
}
