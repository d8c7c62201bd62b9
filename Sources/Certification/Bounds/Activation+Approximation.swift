import Glibc
import Networks

/// Formulas without cancellation where there is one, and a bound on their error.
extension Activation {
  /// The function at a number; at an infinite one, its limit.
  func value(_ x: Double) -> Approximation {
    switch self {
    case .relu: return Approximation(exact: max(x, 0))
    case .relu6: return Approximation(exact: min(max(x, 0), 6))
    case .leakyReLU(let slope): return x > 0 ? Approximation(exact: x) : Approximation(Double(slope) * x)
    case .elu(let alpha): return x > 0 ? Approximation(exact: x) : Approximation(Double(alpha) * expm1(x))
    case .selu: return Approximation(Self.seluScale * (x > 0 ? x : Self.seluAlpha * expm1(x)))
    case .hardSwish:
      return x <= -3 ? Approximation(exact: 0) : x >= 3 ? Approximation(exact: x) : Approximation(x * (x + 3) / 6)
    case .sigmoid: return Approximation(logistic(x))
    // The fused operation rounds once. Its kinks are rounded to the nearest number, off by 2⁻⁵³ of themselves, which
    // moves the function, and a line no steeper, by 2⁻⁵⁴ each.
    case .hardSigmoid(let slope):
      let finite = min(max(x, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
      return Approximation(min(max((0.5).addingProduct(Double(slope), finite), 0), 1), magnitude: 1)
    case .tanh: return Approximation(Glibc.tanh(x))
    case .softplus: return Approximation(max(x, 0) + log1p(exp(-abs(x))))
    // Below −1000 these three are nearer to zero than the slack for underflow.
    case .gelu, .silu: return x < -1000 ? Approximation(0) : gated(x)
    }
  }

  /// `x` times its gate.
  private func gated(_ x: Double) -> Approximation {
    switch self {
    // On the left the relative error 2⁻⁵² of the argument z = −x/√2 grows by no more than 2z² + 1 = x² + 1.
    case .gelu(approximate: false): return Approximation(x * normalDistribution(x), condition: 1 + leftSquare(x))
    // (1 + tanh y) / 2 is the logistic function of 2y.
    case .gelu(approximate: true):
      let y = geluArgument(x)
      return Approximation(x * logistic(y), condition: 1 + min(max(-y, 0), 750))
    default: return Approximation(x * logistic(x))
    }
  }

  /// The derivative at a finite number; at a kink, that of the side on which the function is curved.
  func derivative(_ x: Double) -> Approximation {
    switch self {
    case .relu: return Approximation(exact: x > 0 ? 1 : 0)
    case .relu6: return Approximation(exact: x > 0 && x < 6 ? 1 : 0)
    case .leakyReLU(let slope): return Approximation(exact: x > 0 ? 1 : Double(slope))
    case .elu(let alpha): return x > 0 ? Approximation(exact: 1) : Approximation(Double(alpha) * exp(x))
    case .selu: return Approximation(Self.seluScale * (x > 0 ? 1 : Self.seluAlpha * exp(x)))
    case .hardSwish:
      return abs(x) > 3 ? Approximation(exact: x < 0 ? 0 : 1) : Approximation((2 * x + 3) / 6, magnitude: 2)
    case .sigmoid: return Approximation(logistic(x) * logistic(-x))
    case .hardSigmoid(let slope):
      let unclipped = (0.5).addingProduct(Double(slope), x)
      return Approximation(exact: unclipped > 0 && unclipped < 1 ? Double(slope) : 0)
    case .tanh: return Approximation(4 * logistic(2 * x) * logistic(-2 * x))
    case .softplus: return Approximation(logistic(x))
    // Beyond 40 the distance from 0 or 1 is below the slack for underflow, or below a unit in the last place.
    case .gelu: return abs(x) > 40 ? Approximation(x < 0 ? 0 : 1) : gatedDerivative(x)
    case .silu: return gatedDerivative(x)
    }
  }

  /// The derivative of `x` times its gate: gate + x · gate′, with terms of opposite signs on the left.
  private func gatedDerivative(_ x: Double) -> Approximation {
    let (gate, growth): (Double, Double)
    var (gateCondition, growthCondition) = (1.0, 1.0)
    switch self {
    case .gelu(approximate: false):
      (gate, growth) = (normalDistribution(x), x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
      (gateCondition, growthCondition) = (1 + leftSquare(x), 1 + x * x)
    case .gelu(approximate: true):
      let y = geluArgument(x)
      gate = logistic(y)
      growth = gate * logistic(-y) * x * geluArgumentDerivative(x)
      (gateCondition, growthCondition) = (1 + min(max(-y, 0), 750), 1 + min(abs(y), 750))
    default: (gate, growth) = (logistic(x), x * logistic(x) * logistic(-x))
    }
    return Approximation(gate + growth, magnitude: gate * gateCondition + abs(growth) * growthCondition)
  }
}

/// `1 / (1 + exp(−x))`, accurate also where it is small.
private func logistic(_ x: Double) -> Double {
  let small = exp(-abs(x))
  return (x < 0 ? small : 1) / (1 + small)
}

/// Φ, the distribution function of the standard normal distribution, accurate also where it is small.
private func normalDistribution(_ x: Double) -> Double { erfc(x * -(0.5).squareRoot()) / 2 }

/// The square of what is negative.
private func leftSquare(_ x: Double) -> Double { x < 0 ? x * x : 0 }

private let geluScale = (8 / Double.pi).squareRoot()

/// Twice the argument of the hyperbolic tangent in GELU's approximation.
private func geluArgument(_ x: Double) -> Double { geluScale * x * (1 + 0.044715 * x * x) }

private func geluArgumentDerivative(_ x: Double) -> Double { geluScale * (1 + 3 * 0.044715 * x * x) }
