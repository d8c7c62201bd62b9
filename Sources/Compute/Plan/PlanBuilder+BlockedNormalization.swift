internal import CKernels
internal import COneDNN
internal import Networks

extension PlanBuilder {
  /// Batch normalisation of images with whole blocks of channels, in the layout of convolutions, with the ReLU after it.
  func emitBlockedBatchNormalization(_ index: Int, _ payload: BatchNormalization, layout: TensorLayout) throws {
    let (scale, shift) = (try flatWeight(index, .scale), try flatWeight(index, .shift))
    let source = try conform(inputValue(index), to: layout)
    let output = newValue(layout)
    let (channels, area) = channels(index)
    let kernel = BlockedStatistics(batch: batch, channels: channels, area: area, epsilon: payload.epsilon)
    let moments = emitMoments(kernel, source: source)
    let mean = batchStatistic(index, .mean, count: channels)
    let variance = batchStatistic(index, .variance, count: channels)
    let scratch = newBuffer(of: Double.self, count: kernel.scratchCount)
    let rectifier = fusedActivations[index]
    let signs = rectifier.flatMap { newSigns(of: $0, layout) }
    let touched =
      [source.buffer, moments.mean, moments.variance, scratch, output.buffer, mean, variance]
      + [signs].compactMap(\.self)
    emit(touching: touched, named: "batch normalisation") { memory in
      kernel.normalise(
        memory.floats(source.buffer), sums: memory.doubles(moments.mean), squares: memory.doubles(moments.variance),
        scale: scale?.floats, shift: shift?.floats, rectifies: rectifier != nil, signs: signs.map { memory.bytes($0) },
        scratch: memory.doubles(scratch), to: memory.floats(output.buffer), mean: memory.floats(mean),
        variance: memory.floats(variance))
    }
    finish(index, with: rectifier, output: output) { builder, gradient in
      let seed = try builder.conform(gradient, to: layout)
      let total = builder.emitGradientSums(index, kernel, payload, source: source, seed: seed, moments: moments)
      guard let total else { return }
      let (result, scratch) = (
        builder.newValue(layout), builder.newBuffer(of: Double.self, count: kernel.scratchCount)
      )
      let touched = [seed.buffer, source.buffer, moments.mean, moments.variance, total, scratch, result.buffer]
      builder.emit(touching: touched, named: "batch normalisation") { memory in
        kernel.backward(
          memory.floats(seed.buffer), source: memory.floats(source.buffer), sums: memory.doubles(moments.mean),
          squares: memory.doubles(moments.variance), totals: memory.doubles(total), scale: scale?.floats,
          scratch: memory.doubles(scratch), to: memory.floats(result.buffer))
      }
      builder.contribute(result, to: index)
    }
  }

  /// As for row-major images.
  private func emitMoments(_ kernel: BlockedStatistics, source: Value) -> (mean: Buffer, variance: Buffer) {
    let channels = kernel.channels
    let buffers = (0..<4).map { _ in newBuffer(of: Double.self, count: channels + 1) }
    let scratch = newBuffer(of: Double.self, count: kernel.scratchCount)
    emit(touching: [source.buffer, buffers[0]], named: "batch normalisation") { memory in
      kernel.sum(memory.floats(source.buffer), to: memory.doubles(buffers[0]))
    }
    emitAllReduce(partial: buffers[0], total: buffers[1], count: channels + 1)
    emit(touching: [source.buffer, buffers[1], scratch, buffers[2]], named: "batch normalisation") { memory in
      kernel.sumSquares(
        memory.floats(source.buffer), sums: memory.doubles(buffers[1]), scratch: memory.doubles(scratch),
        to: memory.doubles(buffers[2]))
    }
    emitAllReduce(partial: buffers[2], total: buffers[3], count: channels)
    return (buffers[1], buffers[3])
  }

  /// The gradients of scale and shift, and their sums over all shards, which are `nil` where no gradient at the input is
  /// needed.
  private func emitGradientSums(
    _ index: Int, _ kernel: BlockedStatistics, _ payload: BatchNormalization, source: Value, seed: Value,
    moments: (mean: Buffer, variance: Buffer)
  ) -> Buffer? {
    let channels = kernel.channels
    let (partial, total) = (
      newBuffer(of: Double.self, count: 2 * channels), newBuffer(of: Double.self, count: 2 * channels)
    )
    let scratch = newBuffer(of: Double.self, count: kernel.scratchCount)
    let scaleGradient = payload.hasScale ? parameterGradient(index, .scale, shape: [channels]) : nil
    let shiftGradient = payload.hasShift ? parameterGradient(index, .shift, shape: [channels]) : nil
    let touched =
      [seed.buffer, source.buffer, moments.mean, moments.variance, scratch, partial]
      + [scaleGradient, shiftGradient].compactMap(\.self)
    emit(touching: touched, named: "batch normalisation") { memory in
      let sums = memory.doubles(partial)
      kernel.sumGradients(
        memory.floats(seed.buffer), source: memory.floats(source.buffer), sums: memory.doubles(moments.mean),
        squares: memory.doubles(moments.variance), scratch: memory.doubles(scratch), to: sums)
      for channel in 0..<channels {
        if let shiftGradient { memory.floats(shiftGradient)[channel] = Float(sums[channel]) }
        if let scaleGradient { memory.floats(scaleGradient)[channel] = Float(sums[channels + channel]) }
      }
    }
    guard needsInputGradient(index) else { return nil }
    emitAllReduce(partial: partial, total: total, count: 2 * channels)
    return total
  }
}
