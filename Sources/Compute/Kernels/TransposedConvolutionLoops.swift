internal import Networks

/// A transposed convolution in plain loops, for the rare case that oneDNN does not support: output padding that reaches
/// beyond the full output (PyTorch allows it where dilation is larger than stride).
struct TransposedConvolutionLoops {
  private let payload: TransposedConvolution
  private let input: Shape
  private let output: Shape

  /// Whether oneDNN has no such deconvolution.
  static func isNeeded(for payload: TransposedConvolution) -> Bool {
    payload.outputPadding.height - payload.padding.bottom >= payload.stride.height
      || payload.outputPadding.width - payload.padding.right >= payload.stride.width
  }

  init(_ payload: TransposedConvolution, input: Shape, output: Shape) {
    self.payload = payload
    self.input = input
    self.output = output
  }

  /// Calls `body` with the offsets of input scalar, weight and output scalar of every product, for one example.
  @inline(__always)
  private func forEachTap(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let (inputWidth, outputWidth) = (input[0] / payload.groups, output[0] / payload.groups)
    let (kernel, stride, dilation) = (payload.kernel, payload.stride, payload.dilation)
    for channel in 0..<input[0] {
      for filter in 0..<outputWidth {
        let target = channel / inputWidth * outputWidth + filter
        for tap in 0..<kernel.height * kernel.width {
          let (tapY, tapX) = (tap / kernel.width, tap % kernel.width)
          let weight = (channel * outputWidth + filter) * kernel.height * kernel.width + tap
          for y in 0..<input[1] {
            let row = y * stride.height + tapY * dilation.height - payload.padding.top
            guard (0..<output[1]).contains(row) else { continue }
            for x in 0..<input[2] {
              let column = x * stride.width + tapX * dilation.width - payload.padding.left
              guard (0..<output[2]).contains(column) else { continue }
              body(
                (channel * input[1] + y) * input[2] + x, weight, (target * output[1] + row) * output[2] + column)
            }
          }
        }
      }
    }
  }

  func forward(
    _ from: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    let area = output[1] * output[2]
    for example in 0..<batch {
      let (from, to) = (from + example * input.count, to + example * output.count)
      for place in 0..<output.count { to[place] = bias?[place / area] ?? 0 }
      forEachTap { input, weight, output in to[output] += from[input] * weights[weight] }
    }
  }

  func inputGradient(
    _ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    to.update(repeating: 0, count: batch * input.count)
    for example in 0..<batch {
      let (gradient, to) = (gradient + example * output.count, to + example * input.count)
      forEachTap { input, weight, output in to[input] += gradient[output] * weights[weight] }
    }
  }

  func weightGradients(
    _ gradient: UnsafePointer<Float>, input from: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>,
    weightCount: Int, bias: UnsafeMutablePointer<Float>?, batch: Int
  ) {
    let area = output[1] * output[2]
    weights.update(repeating: 0, count: weightCount)
    bias?.update(repeating: 0, count: output[0])
    for example in 0..<batch {
      let (gradient, from) = (gradient + example * output.count, from + example * input.count)
      forEachTap { input, weight, output in weights[weight] += gradient[output] * from[input] }
      if let bias {
        for place in 0..<output.count { bias[place / area] += gradient[place] }
      }
    }
  }
}

extension PlanBuilder {
  func emitTransposedConvolutionLoops(_ index: Int, _ payload: TransposedConvolution) throws {
    guard let weights = try flatWeight(index, .weight) else { return }
    let bias = try flatWeight(index, .bias)
    let kernel = TransposedConvolutionLoops(payload, input: inputShape(index), output: network.nodes[index].shape)
    let source = try plain(inputValue(index))
    let output = try plainValue(network.nodes[index].shape)
    let batch = batch
    emit(touching: [source.buffer, output.buffer]) { memory in
      kernel.forward(
        memory.floats(source.buffer), weights: weights.floats, bias: bias?.floats, to: memory.floats(output.buffer),
        batch: batch)
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      if builder.trains(index) {
        let shape = builder.network.parameterSpecifications(of: index)[0].shape
        let weightGradient = builder.parameterGradient(index, .weight, shape: shape)
        let biasGradient =
          payload.hasBias ? builder.parameterGradient(index, .bias, shape: [payload.outputChannels]) : nil
        let touched = [seed.buffer, source.buffer, weightGradient] + [biasGradient].compactMap(\.self)
        builder.emit(touching: touched) { memory in
          kernel.weightGradients(
            memory.floats(seed.buffer), input: memory.floats(source.buffer), weights: memory.floats(weightGradient),
            weightCount: shape.count, bias: biasGradient.map { memory.floats($0) }, batch: batch)
        }
      }
      guard builder.needsInputGradient(index) else { return }
      let result = builder.newValue(source.layout)
      builder.emit(touching: [seed.buffer, result.buffer]) { memory in
        kernel.inputGradient(
          memory.floats(seed.buffer), weights: weights.floats, to: memory.floats(result.buffer), batch: batch)
      }
      builder.contribute(result, to: index)
    }
  }
}
