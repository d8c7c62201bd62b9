internal import Networks

/// The transpose of a cross-correlation. Its image is the output.
struct DoubleTransposedConvolution: LinearKernel {
  private let products: WindowProducts
  private let plain: [PackedMatrix]
  private let absolute: [PackedMatrix]
  private let transposed: [PackedMatrix]

  init(_ products: WindowProducts) {
    self.products = products
    plain = products.scatteringMatrices()
    absolute = products.scatteringMatrices(absolute: true)
    transposed = products.gatheringMatrices()
  }

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    products.scatter(inputs, rows: rows, with: plain, into: outputs)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    products.scatter(inputs, rows: rows, with: absolute, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    products.gather(outputs, rows: rows, with: transposed, into: inputs)
  }

  /// A row is a filter turned around, at the positions whose windows meet its pixel.
  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    let (windows, channels) = (products.windows, products.positionChannels)
    inputs.update(repeating: 0)
    for (row, index) in indices.enumerated() {
      let (filter, pixel) = index.quotientAndRemainder(dividingBy: windows.image[1] * windows.image[2])
      let (group, imageChannel) = filter.quotientAndRemainder(dividingBy: products.imageChannels)
      let start = row * windows.positions.count
      for tap in 0..<windows.kernel.height * windows.kernel.width {
        guard let position = windows.position(of: pixel, tap: tap) else { continue }
        for channel in group * channels..<(group + 1) * channels {
          inputs[start + channel * windows.area + position] = products.scalar(
            positionChannel: channel, imageChannel: imageChannel, tap: tap)
        }
      }
    }
  }
}
