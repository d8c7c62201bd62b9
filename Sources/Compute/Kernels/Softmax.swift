internal import Glibc

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
    forEachPosition(batch, channels, area) { first in
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
    forEachPosition(batch, channels, area) { first in
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
    forEachPosition(batch, channels, area) { first in
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
    forEachPosition(batch, channels, area) { first in
      var sum: Float = 0
      for channel in 0..<channels { sum += gradient[first + channel * area] }
      for channel in 0..<channels {
        let index = first + channel * area
        to[index] = gradient[index] - exp(output[index]) * sum
      }
    }
  }
}

/// Calls `body` for every position of a row-major batch with the offset of its first channel.
@inline(__always)
private func forEachPosition(_ batch: Int, _ channels: Int, _ area: Int, _ body: (_ first: Int) -> Void) {
  for example in 0..<batch {
    for place in 0..<area { body(example * channels * area + place) }
  }
}

/// The largest of the channels at a position.
@inline(__always)
private func largest(_ from: UnsafePointer<Float>, _ channels: Int, _ area: Int) -> Float {
  var largest = -Float.infinity
  for channel in 0..<channels { largest = max(largest, from[channel * area]) }
  return largest
}
