internal import Glibc
internal import Networks

/// The activations that oneDNN lacks. The others never come here; their values are given all the same, so that the
/// switch stays exhaustive and an implementation that goes missing in a later oneDNN has a fallback.
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

/// Softmax over the channels of a row-major batch.
enum Softmax {
  typealias Forward = (
    _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ batch: Int, _ channels: Int, _ area: Int
  ) -> Void
  typealias Backward = (
    _ gradient: UnsafePointer<Float>, _ output: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ batch: Int,
    _ channels: Int, _ area: Int
  ) -> Void

  static func forward(
    _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int, channels: Int, area: Int
  ) {
    forEachPlace(batch, channels, area) { first in
      let largest = largest(from + first, channels, area)
      var sum: Float = 0
      for channel in 0..<channels {
        let value = exp(from[first + channel * area] - largest)
        to[first + channel * area] = value
        sum += value
      }
      for channel in 0..<channels { to[first + channel * area] /= sum }
    }
  }

  /// p · (g − Σ g p).
  static func backward(
    _ gradient: UnsafePointer<Float>, output: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int,
    channels: Int, area: Int
  ) {
    forEachPlace(batch, channels, area) { first in
      var inner: Float = 0
      for channel in 0..<channels { inner += gradient[first + channel * area] * output[first + channel * area] }
      for channel in 0..<channels {
        let index = first + channel * area
        to[index] = output[index] * (gradient[index] - inner)
      }
    }
  }
}

/// The logarithm of softmax over the channels of a row-major batch.
enum LogSoftmax {
  static func forward(
    _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int, channels: Int, area: Int
  ) {
    forEachPlace(batch, channels, area) { first in
      let largest = largest(from + first, channels, area)
      var sum: Float = 0
      for channel in 0..<channels { sum += exp(from[first + channel * area] - largest) }
      let logarithm = log(sum)
      for channel in 0..<channels {
        to[first + channel * area] = (from[first + channel * area] - largest) - logarithm
      }
    }
  }

  /// g − exp(y) · Σ g.
  static func backward(
    _ gradient: UnsafePointer<Float>, output: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int,
    channels: Int, area: Int
  ) {
    forEachPlace(batch, channels, area) { first in
      var sum: Float = 0
      for channel in 0..<channels { sum += gradient[first + channel * area] }
      for channel in 0..<channels {
        let index = first + channel * area
        to[index] = gradient[index] - exp(output[index]) * sum
      }
    }
  }
}

/// Calls `body` with where the first channel stands of every place of a row-major batch.
@inline(__always)
private func forEachPlace(_ batch: Int, _ channels: Int, _ area: Int, _ body: (_ first: Int) -> Void) {
  for example in 0..<batch {
    for place in 0..<area { body(example * channels * area + place) }
  }
}

/// The largest of all channels of a place.
@inline(__always)
private func largest(_ from: UnsafePointer<Float>, _ channels: Int, _ area: Int) -> Float {
  var largest = -Float.infinity
  for channel in 0..<channels { largest = max(largest, from[channel * area]) }
  return largest
}

/// Sums per channel over a row-major batch, in double precision.
enum ChannelSums {
  /// Calls `body` with Σ a and Σ a·b for every channel.
  static func sum(
    _ a: UnsafePointer<Float>, times b: UnsafePointer<Float>, batch: Int, channels: Int, area: Int,
    _ body: (_ channel: Int, _ sum: Double, _ product: Double) -> Void
  ) {
    for channel in 0..<channels {
      var (sum, product) = (0.0, 0.0)
      for example in 0..<batch {
        let start = (example * channels + channel) * area
        for place in start..<start + area {
          sum += Double(a[place])
          product += Double(a[place]) * Double(b[place])
        }
      }
      body(channel, sum, product)
    }
  }
}
