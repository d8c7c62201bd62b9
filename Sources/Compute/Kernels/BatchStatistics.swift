/// The arithmetic of batch normalisation in training on one shard of a mini-batch. `sums` holds, over all shards, the
/// sum of every channel, followed by the number of scalars per channel; `squares` the sums of squared deviations.
struct BatchStatistics {
  let batch: Int
  let channels: Int
  let area: Int
  let epsilon: Float

  private func indices(_ example: Int, _ channel: Int) -> Range<Int> {
    let start = (example * channels + channel) * area
    return start..<start + area
  }

  func sum(_ from: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Double>) {
    for channel in 0..<channels {
      var sum = 0.0
      for example in 0..<batch {
        for place in indices(example, channel) { sum += Double(from[place]) }
      }
      sums[channel] = sum
    }
    sums[channels] = Double(batch * area)
  }

  func sumSquares(
    _ from: UnsafePointer<Float>, sums: UnsafePointer<Double>, to squares: UnsafeMutablePointer<Double>
  ) {
    for channel in 0..<channels {
      let mean = sums[channel] / sums[channels]
      var sum = 0.0
      for example in 0..<batch {
        for place in indices(example, channel) {
          let deviation = Double(from[place]) - mean
          sum += deviation * deviation
        }
      }
      squares[channel] = sum
    }
  }

  private func inverseDeviation(_ channel: Int, _ sums: UnsafePointer<Double>, _ squares: UnsafePointer<Double>)
    -> Double
  {
    1 / (squares[channel] / sums[channels] + Double(epsilon)).squareRoot()
  }

  /// Normalises with the biased variance; reports mean and unbiased variance, as PyTorch's running statistics take them.
  func normalise(
    _ from: UnsafePointer<Float>, sums: UnsafePointer<Double>, squares: UnsafePointer<Double>,
    scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?, normalised: UnsafeMutablePointer<Float>,
    to: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      let count = sums[channels]
      let centre = sums[channel] / count
      let inverse = inverseDeviation(channel, sums, squares)
      let (scale, shift) = (scale?[channel] ?? 1, shift?[channel] ?? 0)
      for example in 0..<batch {
        for place in indices(example, channel) {
          let value = Float((Double(from[place]) - centre) * inverse)
          normalised[place] = value
          to[place] = value * scale + shift
        }
      }
      mean[channel] = Float(centre)
      variance[channel] = Float(squares[channel] / max(count - 1, 1))
    }
  }

  /// With g = gradient · scale: (g − mean(g) − normalised · mean(g · normalised)) / deviation, means over all shards.
  func backward(
    _ gradient: UnsafePointer<Float>, normalised: UnsafePointer<Float>, sums: UnsafePointer<Double>,
    squares: UnsafePointer<Double>, totals: UnsafePointer<Double>, scale: UnsafePointer<Float>?,
    to: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      let count = sums[channels]
      let factor = inverseDeviation(channel, sums, squares) * Double(scale?[channel] ?? 1)
      let (mean, product) = (totals[channel] / count, totals[channels + channel] / count)
      for example in 0..<batch {
        for place in indices(example, channel) {
          to[place] = Float((Double(gradient[place]) - mean - Double(normalised[place]) * product) * factor)
        }
      }
    }
  }
}
