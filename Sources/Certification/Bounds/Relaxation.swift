internal import Networks

/// Linear functions of a node's inputs below and above its output, for all inputs of a region.
enum Relaxation: Sendable {
  /// Lines for each scalar of an element-wise function.
  case lines(LineArrays)
  /// For a maximum: an input that is never above it, and one that is never below it or else a constant.
  case selection(MaximumSelection)
  /// For a product: planes.
  case planes(PlaneArrays)
  /// Numbers alone.
  case constants
}

/// Which of a window's inputs bounds its maximum.
struct MaximumSelection: Sendable {
  /// The input with the largest lower end.
  var below: [Int32]
  /// The input whose lower end is no less than the upper ends of the others; −1 where there is none.
  var above: [Int32]

  init(_ windows: SparseRows, _ input: NodeBounds) {
    (below, above) = ([], [])
    for output in 0..<windows.outputCount {
      let sources = windows.terms(of: output).map { Int(windows.sources[$0]) }
      let best = sources.max { input.lower[$0] < input.lower[$1] } ?? 0
      let dominates = sources.allSatisfy { $0 == best || input.upper[$0] <= input.lower[best] }
      below.append(Int32(best))
      above.append(dominates ? Int32(best) : -1)
    }
  }
}

/// For each scalar z = x · y: `x · lowerX + y · lowerY + lowerConstant ≤ z`, and the same from above.
struct PlaneArrays: Sendable {
  var lowerX: [Double] = []
  var lowerY: [Double] = []
  var upperX: [Double] = []
  var upperY: [Double] = []
  /// The constants, moved outward.
  var lower: [Double] = []
  var upper: [Double] = []
}

extension BoundedNetwork {
  /// The relaxation of a node that is not affine, from the bounds of its inputs.
  ///
  /// The result's bounds are those of the node with the constants of its relaxation in the place of the error: what is
  /// added for a coefficient by its sign.
  func relaxation(of index: Int, _ bounds: [NodeBounds], lowerSlope: LowerSlope) -> NodeRelaxation {
    let inputs = network.nodes[index].inputs.map { bounds[$0] }
    let width = width(of: index)
    switch steps[index] {
    case .elementwise(let function):
      let lines = function.lines(inputs[0], lowerSlope: lowerSlope)
      var relaxation = NodeRelaxation(
        lines, steepest: function.steepestSlope, magnitudes: inputs[0].magnitudes, rounding)
      relaxation.loss = Rounding.loss(inputs)
      return relaxation
    case .maximum(let windows):
      let selection = MaximumSelection(windows, inputs[0])
      let lower = (0..<width).map { _ in 0.0 }
      let upper = (0..<width).map { selection.above[$0] < 0 ? bounds[index].upper[$0] : 0 }
      return NodeRelaxation(
        .selection(selection), lower: lower, upper: upper, sizes: bounds[index].magnitudes, rounding)
    case .product:
      let planes = PlaneArrays(inputs[0], inputs[1])
      let sizes = planes.sizes(inputs[0], inputs[1])
      var relaxation = NodeRelaxation(
        .planes(planes), lower: planes.lower, upper: planes.upper, sizes: sizes, rounding)
      relaxation.loss = Rounding.loss(inputs)
      return relaxation
    case .softmax, .normalization:
      let own = bounds[index]
      return NodeRelaxation(.constants, lower: own.lower, upper: own.upper, sizes: own.magnitudes, rounding)
    case .input, .affine: preconditionFailure("node \(index) needs no relaxation")
    }
  }
}

/// A relaxation with what is added to a bound for a coefficient of the node: a positive one times `positive`, a negative
/// one times `negative`. The numbers hold the relaxation's constants and the rounding errors of passing through it.
struct NodeRelaxation: Sendable {
  let kind: Relaxation
  var positive: [Double]
  var negative: [Double]
  /// The rounding error of a coefficient 1.
  let error: [Double]
  /// What a pass loses where coefficients underflow.
  var loss = 0.0

  /// `sizes` has for each scalar the sum of the sizes of what the relaxation adds up.
  init(_ kind: Relaxation, lower: [Double], upper: [Double], sizes: [Double], _ rounding: Rounding) {
    self.kind = kind
    error = sizes.map { 2 * rounding.gamma * $0 + Rounding.underflow }
    positive = lower
    negative = upper
    for place in lower.indices {
      let own = error[place] + 2 * rounding.gamma * max(abs(lower[place]), abs(upper[place]))
      positive[place] -= own
      negative[place] += own
    }
  }

  /// `steepest` is the size of the steepest line that a pass may take in the place of these.
  init(_ lines: LineArrays, steepest: Double, magnitudes: [Double], _ rounding: Rounding) {
    let sizes = magnitudes.indices.map {
      max(abs(lines.lowerSlope[$0]), abs(lines.upperSlope[$0]), steepest) * magnitudes[$0]
    }
    self.init(
      .lines(lines), lower: lines.lowerIntercept, upper: lines.upperIntercept, sizes: sizes, rounding)
  }
}

extension ElementwiseFunction {
  /// The size of the steepest line that optimisation may choose, or a decision about a sign; 0 where there is no choice.
  fileprivate var steepestSlope: Double {
    switch self {
    case .activation(.relu): 1
    case .activation(.leakyReLU(let slope)): max(abs(Double(slope)), 1)
    case .rectifier(let slopes): slopes.reduce(1) { max($0, abs($1)) }
    case .activation: 0
    }
  }

  func lines(_ input: NodeBounds, lowerSlope: LowerSlope) -> LineArrays {
    switch self {
    case .activation(let activation):
      LineArrays(activation, lower: input.lower, upper: input.upper, lowerSlope: lowerSlope)
    case .rectifier(let slopes):
      LineArrays(rectifierSlopes: slopes, lower: input.lower, upper: input.upper, lowerSlope: lowerSlope)
    }
  }
}

extension PlaneArrays {
  init(_ x: NodeBounds, _ y: NodeBounds) {
    let count = max(x.lower.count, y.lower.count)
    let (areaX, areaY) = (count / x.lower.count, count / y.lower.count)
    for place in 0..<count {
      let planes = ProductPlanes(x[place / areaX], y[place / areaY])
      let (below, above) = (planes.lower[0], planes.upper[0])
      lowerX.append(below.xSlope)
      lowerY.append(below.ySlope)
      lower.append(below.intercept)
      upperX.append(above.xSlope)
      upperY.append(above.ySlope)
      upper.append(above.intercept)
    }
  }

  fileprivate func sizes(_ x: NodeBounds, _ y: NodeBounds) -> [Double] {
    let (areaX, areaY) = (lowerX.count / x.lower.count, lowerX.count / y.lower.count)
    let (sizesX, sizesY) = (x.magnitudes, y.magnitudes)
    return lowerX.indices.map {
      max(abs(lowerX[$0]), abs(upperX[$0])) * sizesX[$0 / areaX]
        + max(abs(lowerY[$0]), abs(upperY[$0])) * sizesY[$0 / areaY]
    }
  }
}
