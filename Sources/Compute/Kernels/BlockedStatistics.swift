internal import CKernels

/// The arithmetic of `BatchStatistics` on images in blocks of 16 channels, in vectors; see `statistics.c`. The numbers of
/// a channel lie in tables of whole blocks, made in `scratch`.
struct BlockedStatistics {
  let channels: Int
  let epsilon: Double
  private let planes: advlab_planes
  private var rounded: Int { planes.blocks * Int(ADVLAB_LANES) }

  /// Doubles of scratch.
  var scratchCount: Int { 6 * rounded }

  init(batch: Int, channels: Int, area: Int, epsilon: Float) {
    self.channels = channels
    self.epsilon = Double(epsilon)
    planes = advlab_planes(count: batch, blocks: channels / Int(ADVLAB_LANES), area: area)
  }

  /// Sums per channel, and the number of scalars of one.
  func sum(_ from: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Double>) {
    withUnsafePointer(to: planes) { advlab_channel_sums($0, from, sums) }
    sums[channels] = Double(planes.count * planes.area)
  }

  func sumSquares(
    _ from: UnsafePointer<Float>, sums: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>,
    to squares: UnsafeMutablePointer<Double>
  ) {
    for channel in 0..<channels { scratch[channel] = sums[channel] / sums[channels] }
    withUnsafePointer(to: planes) { advlab_channel_squares($0, from, scratch, squares) }
  }

  /// Means, then inverse deviations, at the beginning of the scratch.
  private func moments(
    _ sums: UnsafePointer<Double>, _ squares: UnsafePointer<Double>, in scratch: UnsafeMutablePointer<Double>
  ) -> advlab_moments {
    for channel in 0..<channels {
      scratch[channel] = sums[channel] / sums[channels]
      scratch[rounded + channel] = 1 / (squares[channel] / sums[channels] + epsilon).squareRoot()
    }
    return advlab_moments(centres: scratch, inverses: scratch + rounded)
  }

  func normalise(
    _ from: UnsafePointer<Float>, sums: UnsafePointer<Double>, squares: UnsafePointer<Double>,
    scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?, rectifies: Bool,
    signs: UnsafeMutablePointer<UInt8>?, scratch: UnsafeMutablePointer<Double>, to: UnsafeMutablePointer<Float>,
    mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>
  ) {
    var moments = moments(sums, squares, in: scratch)
    (scratch + 2 * rounded).withMemoryRebound(to: Float.self, capacity: 2 * rounded) { table in
      for channel in 0..<channels {
        table[channel] = scale?[channel] ?? 1
        table[rounded + channel] = shift?[channel] ?? 0
        mean[channel] = Float(sums[channel] / sums[channels])
        variance[channel] = Float(squares[channel] / max(sums[channels] - 1, 1))
      }
      withUnsafePointer(to: planes) {
        advlab_normalise($0, from, &moments, table, table + rounded, rectifies ? 1 : 0, signs, to)
      }
    }
  }

  /// Σ gradient, then Σ gradient · normalised, for every channel.
  func sumGradients(
    _ gradient: UnsafePointer<Float>, source: UnsafePointer<Float>, sums: UnsafePointer<Double>,
    squares: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>, to partial: UnsafeMutablePointer<Double>
  ) {
    var moments = moments(sums, squares, in: scratch)
    withUnsafePointer(to: planes) {
      advlab_normalise_sums($0, gradient, source, &moments, partial, partial + channels)
    }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, source: UnsafePointer<Float>, sums: UnsafePointer<Double>,
    squares: UnsafePointer<Double>, totals: UnsafePointer<Double>, scale: UnsafePointer<Float>?,
    scratch: UnsafeMutablePointer<Double>, to: UnsafeMutablePointer<Float>
  ) {
    var moments = moments(sums, squares, in: scratch)
    let table = scratch + 2 * rounded
    for channel in 0..<channels {
      table[channel] = totals[channel] / sums[channels]
      table[rounded + channel] = totals[channels + channel] / sums[channels]
      table[2 * rounded + channel] = scratch[rounded + channel] * Double(scale?[channel] ?? 1)
    }
    withUnsafePointer(to: planes) {
      advlab_normalise_back($0, gradient, source, &moments, table, table + rounded, table + 2 * rounded, to)
    }
  }
}
