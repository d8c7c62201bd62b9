internal import COneDNN
internal import Networks

/// The input gradient of a convolution that reads few channels: of the first layer. oneDNN pads channels to 16 and spends
/// a quarter of the Madry network's time on it; here one matrix product per image gives every tap's share of the gradient,
/// `Wᵀ · G` of shape (I·KH·KW) × (OH·OW), which is then added to the places it belongs to (col2im).
struct FewChannelGradient {
  private let convolution: Convolution
  private let input: Shape
  private let output: Shape

  /// `nil` where oneDNN's own kernel is the better one.
  init?(_ convolution: Convolution, input: Shape, output: Shape) {
    guard convolution.groups == 1, input[0] <= 4 else { return nil }
    self.convolution = convolution
    self.input = input
    self.output = output
  }

  private var rowCount: Int { input[0] * convolution.kernel.height * convolution.kernel.width }
  private var area: Int { output[1] * output[2] }

  /// The number of scalars of the products of one image.
  var columnCount: Int { rowCount * area }

  /// From the row-major gradient at the output to that at the input; `columns` is scratch for one image.
  func run(
    _ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, columns: UnsafeMutablePointer<Float>,
    to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    let (taps, area, filters) = (dnnl_dim_t(rowCount), dnnl_dim_t(area), dnnl_dim_t(output[0]))
    to.update(repeating: 0, count: batch * input.count)
    for example in 0..<batch {
      // Cannot fail: the arguments are sizes of this operation, and sgemm has no other status for them than success.
      _ = dnnl_sgemm(
        CChar(bitPattern: UInt8(ascii: "T")), CChar(bitPattern: UInt8(ascii: "N")), taps, area, filters, 1, weights,
        taps, gradient + example * output.count, area, 0, columns, area)
      addColumns(columns, to: to + example * input.count)
    }
  }

  /// Adds every tap's plane to the image, shifted by the tap.
  private func addColumns(_ columns: UnsafePointer<Float>, to image: UnsafeMutablePointer<Float>) {
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    let (height, width) = (input[1], input[2])
    for channel in 0..<input[0] {
      for tap in 0..<kernel.height * kernel.width {
        let plane = columns + (channel * kernel.height * kernel.width + tap) * area
        let top = tap / kernel.width * dilation.height - convolution.padding.top
        let left = tap % kernel.width * dilation.width - convolution.padding.left
        // Output columns whose tap falls inside the image.
        let first = max(0, (-left + stride.width - 1) / stride.width)
        let last = min(output[2], (width - left + stride.width - 1) / stride.width)
        guard first < last else { continue }
        for y in 0..<output[1] {
          let row = y * stride.height + top
          guard row >= 0, row < height else { continue }
          let target = image + (channel * height + row) * width + left
          let source = plane + y * output[2]
          if stride.width == 1 {
            for x in first..<last { target[x] += source[x] }
          } else {
            for x in first..<last { target[x * stride.width] += source[x] }
          }
        }
      }
    }
  }
}

extension PlanBuilder {
  /// `nil` where the node is no convolution of few channels.
  func fewChannelGradient(_ index: Int) -> FewChannelGradient? {
    guard case .convolution(let payload) = network.nodes[index].operation else { return nil }
    return FewChannelGradient(payload, input: inputShape(index), output: network.nodes[index].shape)
  }

  /// The input gradient of a convolution of few channels.
  func emitInputGradient(_ index: Int, _ kernel: FewChannelGradient, gradient: Value) throws {
    guard let weights = try flatWeight(index, .weight) else { return }
    let seed = try plain(gradient)
    let result = try plainValue(inputShape(index))
    let columns = newBuffer(of: Float.self, count: kernel.columnCount)
    let batch = batch
    emit(touching: [seed.buffer, columns, result.buffer]) { memory in
      kernel.run(
        memory.floats(seed.buffer), weights: weights.floats, columns: memory.floats(columns),
        to: memory.floats(result.buffer), batch: batch)
    }
    contribute(result, to: index)
  }
}
