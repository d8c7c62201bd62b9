import Glibc
import Networks

extension Activation {
  /// The function.
  func value(_ x: Double) -> Double {
    switch self {
    case .relu: return max(x, 0)
    case .relu6: return min(max(x, 0), 6)
    case .leakyReLU(let slope): return x > 0 ? x : Double(slope) * x
    case .elu(let alpha): return x > 0 ? x : Double(alpha) * expm1(x)
    case .selu: return Self.seluScale * (x > 0 ? x : Self.seluAlpha * expm1(x))
    case .gelu(approximate: false): return x * normalDistribution(x)
    case .gelu(approximate: true): return x / 2 * (1 + Glibc.tanh(geluArgument(x)))
    case .silu: return x * logistic(x)
    case .hardSwish: return x * min(max(x + 3, 0), 6) / 6
    case .sigmoid: return logistic(x)
    case .hardSigmoid(let slope): return min(max(Double(slope) * x + 0.5, 0), 1)
    case .tanh: return Glibc.tanh(x)
    case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  /// Its derivative; at a kink the one PyTorch takes.
  func derivative(_ x: Double) -> Double {
    switch self {
    case .relu: return x > 0 ? 1 : 0
    case .relu6: return x > 0 && x < 6 ? 1 : 0
    case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
    case .elu(let alpha): return x > 0 ? 1 : Double(alpha) * exp(x)
    case .selu: return Self.seluScale * (x > 0 ? 1 : Self.seluAlpha * exp(x))
    case .gelu(approximate: false): return normalDistribution(x) + x * normalDensity(x)
    case .gelu(approximate: true):
      let t = Glibc.tanh(geluArgument(x))
      return (1 + t) / 2 + x / 2 * (1 - t * t) * geluArgumentDerivative(x)
    case .silu: return logistic(x) * (1 + x * (1 - logistic(x)))
    case .hardSwish: return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1
    case .sigmoid: return logistic(x) * (1 - logistic(x))
    case .hardSigmoid(let slope):
      let unclipped = Double(slope) * x + 0.5
      return unclipped > 0 && unclipped < 1 ? Double(slope) : 0
    case .tanh: return 1 - Glibc.tanh(x) * Glibc.tanh(x)
    case .softplus: return logistic(x)
    }
  }
}

/// `1 / (1 + exp(−x))`.
private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// Φ, the distribution function of the standard normal distribution.
private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// φ, its density.
private func normalDensity(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

/// The argument of the tanh in GELU's approximation.
private func geluArgument(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

private func geluArgumentDerivative(_ x: Double) -> Double {
  (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
}

extension ParametricReLU {
  /// The slope's index for the channel of a scalar.
  private func slopeIndex(_ layout: NCHW, _ offset: Int) -> Int { isShared ? 0 : layout.channel(at: offset) }

  /// `x` where positive, else `slope · x`.
  func forward(_ input: Tensor<Double>, slope: Tensor<Double>) -> Tensor<Double> {
    let layout = NCHW(input.shape)
    let slopes = slope.scalars
    let values = input.scalars.enumerated().map { offset, x in x > 0 ? x : slopes[slopeIndex(layout, offset)] * x }
    return Tensor(shape: input.shape, scalars: values)
  }

  /// The cotangent, times the slope where the input is not positive.
  func inputGradient(of cotangent: Tensor<Double>, input: Tensor<Double>, slope: Tensor<Double>) -> Tensor<Double> {
    let layout = NCHW(input.shape)
    let slopes = slope.scalars
    let derivatives = input.scalars.enumerated().map { offset, x in x > 0 ? 1 : slopes[slopeIndex(layout, offset)] }
    return product(cotangent, derivatives)
  }

  /// The sum of input times cotangent where the input is not positive, per slope.
  func slopeGradient(of cotangent: Tensor<Double>, input: Tensor<Double>) -> [Double] {
    let layout = NCHW(input.shape)
    let (x, dy) = (input.scalars, cotangent.scalars)
    var gradient = [Double](repeating: 0, count: isShared ? 1 : layout.channels)
    for offset in x.indices where x[offset] <= 0 {
      gradient[slopeIndex(layout, offset)] += x[offset] * dy[offset]
    }
    return gradient
  }
}

/// Softmax over the first axis of every example.
func softmax(_ input: Tensor<Double>) -> Tensor<Double> {
  let layout = NCHW(input.shape)
  let x = input.scalars
  var y = x
  for places in columns(of: layout) {
    // The largest is taken off first: exp of it cannot overflow, and the quotient is the same.
    let largest = places.reduce(-Double.infinity) { max($0, x[$1]) }
    let sum = places.reduce(0) { $0 + exp(x[$1] - largest) }
    for place in places { y[place] = exp(x[place] - largest) / sum }
  }
  return Tensor(shape: input.shape, scalars: y)
}

/// The logarithm of softmax over the first axis of every example. The losses have their own implementation: the oracle
/// shares none with the code that it checks.
func logSoftmax(_ input: Tensor<Double>) -> Tensor<Double> {
  let layout = NCHW(input.shape)
  let x = input.scalars
  var y = x
  for places in columns(of: layout) {
    let largest = places.reduce(-Double.infinity) { max($0, x[$1]) }
    let logarithm = largest + log(places.reduce(0) { $0 + exp(x[$1] - largest) })
    for place in places { y[place] = x[place] - logarithm }
  }
  return Tensor(shape: input.shape, scalars: y)
}

/// `g − exp(y) · Σ g` for logarithms y of softmax values.
func logSoftmaxGradient(of cotangent: Tensor<Double>, output: Tensor<Double>) -> Tensor<Double> {
  let (dy, y) = (cotangent.scalars, output.scalars)
  var dx = dy
  for places in columns(of: NCHW(output.shape)) {
    let sum = places.reduce(0) { $0 + dy[$1] }
    for place in places { dx[place] = dy[place] - exp(y[place]) * sum }
  }
  return Tensor(shape: output.shape, scalars: dx)
}

/// `p · (g − ⟨g, p⟩)` for softmax values p.
func softmaxGradient(of cotangent: Tensor<Double>, output: Tensor<Double>) -> Tensor<Double> {
  let (dy, p) = (cotangent.scalars, output.scalars)
  var dx = dy
  for places in columns(of: NCHW(output.shape)) {
    let mean = places.reduce(0) { $0 + dy[$1] * p[$1] }
    for place in places { dx[place] = p[place] * (dy[place] - mean) }
  }
  return Tensor(shape: output.shape, scalars: dx)
}

/// The offsets of the scalars that differ in their channel alone, one list per example and position.
private func columns(of layout: NCHW) -> [[Int]] {
  (0..<layout.count).flatMap { n in
    (0..<layout.area).map { place in (0..<layout.channels).map { (n * layout.channels + $0) * layout.area + place } }
  }
}
