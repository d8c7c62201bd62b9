internal import Glibc
internal import Networks

/// The activations that oneDNN lacks. The others are implemented too, so that the switch is exhaustive and there is a
/// fallback should a later oneDNN lack one of them.
extension Activation {
  func value(_ x: Float) -> Float {
    switch self {
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyReLU(let slope): x > 0 ? x : slope * x
    case .elu(let alpha): x > 0 ? x : alpha * expm1(x)
    case .selu:
      Float(Activation.seluScale) * (x > 0 ? x : Float(Activation.seluAlpha) * expm1(x))
    case .gelu(approximate: false): 0.5 * x * (1 + erf(x * Float(0.5).squareRoot()))
    case .gelu(approximate: true): 0.5 * x * (1 + tanhf(Self.geluArgument(x)))
    case .silu: x * Self.logistic(x)
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .sigmoid: Self.logistic(x)
    case .hardSigmoid(let slope): min(max(slope * x + 0.5, 0), 1)
    case .tanh: tanhf(x)
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  func derivative(_ x: Float) -> Float {
    switch self {
    case .relu: return x > 0 ? 1 : 0
    case .relu6: return x > 0 && x < 6 ? 1 : 0
    case .leakyReLU(let slope): return x > 0 ? 1 : slope
    case .elu(let alpha): return x > 0 ? 1 : alpha * exp(x)
    case .selu: return Float(Activation.seluScale) * (x > 0 ? 1 : Float(Activation.seluAlpha) * exp(x))
    case .gelu(approximate: false):
      let density = exp(-0.5 * x * x) / (2 * Float.pi).squareRoot()
      return 0.5 * (1 + erf(x * Float(0.5).squareRoot())) + x * density
    case .gelu(approximate: true):
      let t = tanhf(Self.geluArgument(x))
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (2 / Float.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
    case .silu:
      let s = Self.logistic(x)
      return s * (1 + x * (1 - s))
    case .hardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6
    case .sigmoid:
      let s = Self.logistic(x)
      return s * (1 - s)
    case .hardSigmoid(let slope):
      let y = slope * x + 0.5
      return y > 0 && y < 1 ? slope : 0
    case .tanh:
      let t = tanhf(x)
      return 1 - t * t
    case .softplus: return Self.logistic(x)
    }
  }

  private static func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

  private static func geluArgument(_ x: Float) -> Float {
    (2 / Float.pi).squareRoot() * (x + 0.044715 * x * x * x)
  }
}
