internal import CKernels
internal import COneDNN
internal import Networks

/// Max-pooling in AdvLab's own kernel, in the blocked layouts that convolutions leave. oneDNN keeps the places of the
/// maxima in four bytes each where one is enough, and for blocks of 16 channels has vectors only with AVX-512.
struct MaxPooling {
  private let windows: advlab_windows
  private let blocks: Int
  /// Of the input.
  let layout: TensorLayout
  /// Of the output.
  let outputLayout: TensorLayout
  /// The number of scalars of the output with its padding, of which each has the place of its maximum.
  let outputCount: Int

  /// `nil` where the pooling is another one, or the layout is.
  init?(_ pooling: Pooling, batch: Int, output: Shape, layout: TensorLayout) throws {
    let extents = layout.extents
    guard pooling.kind == .max, extents.count == 4, pooling.kernel.height * pooling.kernel.width <= 256 else {
      return nil
    }
    let blocked = try [(16, dnnl_aBcd16b), (8, dnnl_aBcd8b)].first { try layout == TensorLayout(extents, tag: $0.1) }
    guard let (width, tag) = blocked else { return nil }
    let (kernel, stride, padding) = (pooling.kernel, pooling.stride, pooling.padding)
    let rows = advlab_axis(
      input: extents[2], output: output[1], kernel: kernel.height, stride: stride.height, dilation: 1,
      padding: padding.top)
    let columns = advlab_axis(
      input: extents[3], output: output[2], kernel: kernel.width, stride: stride.width, dilation: 1,
      padding: padding.left)
    // No window lies beyond the image.
    guard [rows, columns].allSatisfy({ $0.padding < $0.kernel && ($0.output - 1) * $0.stride - $0.padding < $0.input })
    else { return nil }
    windows = advlab_windows(rows: rows, columns: columns, width: width)
    blocks = batch * ((extents[1] + width - 1) / width)
    self.layout = layout
    outputLayout = try TensorLayout([batch] + output.extents, tag: tag)
    outputCount = blocks * width * output[1] * output[2]
  }

  func run(
    _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, maxima: UnsafeMutablePointer<UInt8>?
  ) {
    withUnsafePointer(to: windows) { advlab_pool($0, input, output, maxima, blocks) }
  }

  /// The gradient at the input. Where `gates` is not positive, no gradient passes.
  func runBack(
    _ gradient: UnsafePointer<Float>, maxima: UnsafePointer<UInt8>, gates: UnsafePointer<Float>?,
    to inputGradient: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: windows) { advlab_unpool($0, gradient, maxima, gates, inputGradient, blocks) }
  }
}

extension PlanBuilder {
  func emitMaxPooling(_ index: Int, _ kernel: MaxPooling) throws {
    let source = try inputValue(index)
    let output = newValue(kernel.outputLayout)
    let maxima = purpose == .inference ? nil : newBuffer(of: UInt8.self, count: kernel.outputCount)
    emit(touching: [source.buffer, output.buffer] + [maxima].compactMap(\.self), named: "max-pooling") { memory in
      kernel.run(
        memory.floats(source.buffer), to: memory.floats(output.buffer), maxima: maxima.map { memory.bytes($0) })
    }
    values[index] = output
    guard let maxima else { return }
    let activated = network.nodes[index].inputs[0]
    let isGated = activationsBeforePooling.contains(activated)
    let isRectified = network.nodes[activated].operation == .activation(.relu)
    pullbacks[index] = { builder, gradient in
      var gradient = try builder.conform(gradient, to: output.layout)
      if isGated, !isRectified {
        gradient = try builder.emitDerivative(of: activated, output: output, gradient: gradient)
      }
      let (seed, result) = (gradient, builder.newValue(kernel.layout))
      let touched = [seed.buffer, maxima, output.buffer, result.buffer]
      builder.emit(touching: touched, named: "max-pooling") { memory in
        kernel.runBack(
          memory.floats(seed.buffer), maxima: memory.bytes(maxima),
          gates: isGated && isRectified ? memory.floats(output.buffer) : nil, to: memory.floats(result.buffer))
      }
      builder.contribute(result, to: index)
    }
  }
}
