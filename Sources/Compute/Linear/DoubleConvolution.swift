internal import Networks

/// A cross-correlation. Its image is the input.
struct DoubleConvolution: LinearKernel {
  private let products: WindowProducts
  private let plain: [PackedMatrix]
  private let absolute: [PackedMatrix]
  private let transposed: [PackedMatrix]

  init(_ products: WindowProducts) {
    self.products = products
    plain = products.gatheringMatrices()
    absolute = products.gatheringMatrices(absolute: true)
    transposed = products.scatteringMatrices()
  }

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    products.gather(inputs, rows: rows, with: plain, into: outputs)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    products.gather(inputs, rows: rows, with: absolute, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    products.scatter(outputs, rows: rows, with: transposed, into: inputs)
  }

  /// A row is a filter at its window.
  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    let (windows, channels) = (products.windows, products.imageChannels)
    let pixels = windows.image[1] * windows.image[2]
    inputs.update(repeating: 0)
    for (row, index) in indices.enumerated() {
      let (filter, position) = index.quotientAndRemainder(dividingBy: windows.area)
      let start = row * windows.image.count + filter / products.positionChannels * channels * pixels
      for tap in 0..<windows.kernel.height * windows.kernel.width {
        guard let pixel = windows.pixel(at: position, tap: tap) else { continue }
        for channel in 0..<channels {
          inputs[start + channel * pixels + pixel] = products.scalar(
            positionChannel: filter, imageChannel: channel, tap: tap)
        }
      }
    }
  }
}
