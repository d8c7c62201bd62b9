internal import COneDNN
internal import Networks

/// Layer, group and batch normalisation.
extension PlanBuilder {
  func emit(_ index: Int, _ kernel: SetNormalization, hasScale: Bool, hasShift: Bool) throws {
    let scale = try flatWeight(index, .scale)
    let shift = try flatWeight(index, .shift)
    let source = try plain(inputValue(index))
    let (output, normalised) = (newValue(source.layout), newValue(source.layout))
    let inverse = newBuffer(of: Double.self, count: batch * kernel.setCount)
    let sums = newBuffer(of: Double.self, count: kernel.setCount)
    let batch = batch
    emit(touching: [source.buffer, output.buffer, normalised.buffer, inverse, sums]) { memory in
      kernel.forward(
        memory.floats(source.buffer), scale: scale?.floats, shift: shift?.floats,
        normalised: memory.floats(normalised.buffer), inverseDeviations: memory.doubles(inverse),
        sums: memory.doubles(sums), to: memory.floats(output.buffer), batch: batch)
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      if builder.trains(index) {
        let shape: Shape = builder.network.parameterSpecifications(of: index)[0].shape
        let scaleGradient = hasScale ? builder.parameterGradient(index, .scale, shape: shape) : nil
        let shiftGradient = hasShift ? builder.parameterGradient(index, .shift, shape: shape) : nil
        let sums = builder.newBuffer(of: Double.self, count: 2 * kernel.parameterCount)
        let touched = [seed.buffer, normalised.buffer, sums] + [scaleGradient, shiftGradient].compactMap(\.self)
        builder.emit(touching: touched) { memory in
          kernel.parameterGradients(
            memory.floats(seed.buffer), normalised: memory.floats(normalised.buffer), sums: memory.doubles(sums),
            scale: scaleGradient.map { memory.floats($0) }, shift: shiftGradient.map { memory.floats($0) },
            batch: batch)
        }
      }
      guard builder.needsInputGradient(index) else { return }
      let result = builder.newValue(source.layout)
      let sums = builder.newBuffer(of: Double.self, count: 2 * kernel.setCount)
      builder.emit(touching: [seed.buffer, normalised.buffer, inverse, sums, result.buffer]) { memory in
        kernel.backward(
          memory.floats(seed.buffer), scale: scale?.floats, normalised: memory.floats(normalised.buffer),
          inverseDeviations: memory.doubles(inverse), sums: memory.doubles(sums), to: memory.floats(result.buffer),
          batch: batch)
      }
      builder.contribute(result, to: index)
    }
  }

  /// In training, mean and variance are those of the whole mini-batch, whatever the sharding: partial sums of the
  /// shards are added up between the steps. Elsewhere the running statistics were folded away before planning
  /// (`Network.foldingBatchNormalization`).
  func emitBatchNormalization(_ index: Int, _ payload: BatchNormalization) throws {
    let shape = network.nodes[index].shape
    if Fusion.isBlocked(shape) {
      let layout = try TensorLayout([batch] + shape.extents, tag: dnnl_aBcd16b)
      return try emitBlockedBatchNormalization(index, payload, layout: layout)
    }
    let scale = try flatWeight(index, .scale)
    let shift = try flatWeight(index, .shift)
    let source = try plain(inputValue(index))
    let (output, normalised) = (newValue(source.layout), newValue(source.layout))
    let (batch, (channels, area)) = (batch, channels(index))
    let kernel = BatchStatistics(batch: batch, channels: channels, area: area, epsilon: payload.epsilon)
    let moments = try emitMoments(index, kernel, source: source)
    let mean = batchStatistic(index, .mean, count: channels)
    let variance = batchStatistic(index, .variance, count: channels)
    emit(touching: [source.buffer, moments.mean, moments.variance, normalised.buffer, output.buffer, mean, variance]) {
      memory in
      kernel.normalise(
        memory.floats(source.buffer), sums: memory.doubles(moments.mean), squares: memory.doubles(moments.variance),
        scale: scale?.floats, shift: shift?.floats, normalised: memory.floats(normalised.buffer),
        to: memory.floats(output.buffer), mean: memory.floats(mean), variance: memory.floats(variance))
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      let partial = builder.newBuffer(of: Double.self, count: 2 * channels)
      let total = builder.newBuffer(of: Double.self, count: 2 * channels)
      let scaleGradient = payload.hasScale ? builder.parameterGradient(index, .scale, shape: [channels]) : nil
      let shiftGradient = payload.hasShift ? builder.parameterGradient(index, .shift, shape: [channels]) : nil
      let touched = [seed.buffer, normalised.buffer, partial] + [scaleGradient, shiftGradient].compactMap(\.self)
      builder.emit(touching: touched) { memory in
        let sums = memory.doubles(partial)
        ChannelSums.sum(
          memory.floats(seed.buffer), times: memory.floats(normalised.buffer), batch: batch, channels: channels,
          area: area
        ) { channel, sum, product in
          sums[channel] = sum
          sums[channels + channel] = product
          if let shiftGradient { memory.floats(shiftGradient)[channel] = Float(sum) }
          if let scaleGradient { memory.floats(scaleGradient)[channel] = Float(product) }
        }
      }
      guard builder.needsInputGradient(index) else { return }
      builder.emitAllReduce(partial: partial, total: total, count: 2 * channels)
      let result = builder.newValue(source.layout)
      builder.emit(touching: [seed.buffer, normalised.buffer, moments.mean, moments.variance, total, result.buffer]) {
        memory in
        kernel.backward(
          memory.floats(seed.buffer), normalised: memory.floats(normalised.buffer),
          sums: memory.doubles(moments.mean), squares: memory.doubles(moments.variance),
          totals: memory.doubles(total), scale: scale?.floats, to: memory.floats(result.buffer))
      }
      builder.contribute(result, to: index)
    }
  }

  /// Sums over all shards: of the scalars (and their number) per channel, then of squared deviations from the mean.
  private func emitMoments(
    _ index: Int, _ kernel: BatchStatistics, source: Value
  ) throws -> (mean: Buffer, variance: Buffer) {
    let channels = kernel.channels
    let buffers = (0..<4).map { _ in newBuffer(of: Double.self, count: channels + 1) }
    emit(touching: [source.buffer, buffers[0]]) { memory in
      kernel.sum(memory.floats(source.buffer), to: memory.doubles(buffers[0]))
    }
    emitAllReduce(partial: buffers[0], total: buffers[1], count: channels + 1)
    emit(touching: [source.buffer, buffers[1], buffers[2]]) { memory in
      kernel.sumSquares(
        memory.floats(source.buffer), sums: memory.doubles(buffers[1]), to: memory.doubles(buffers[2]))
    }
    emitAllReduce(partial: buffers[2], total: buffers[3], count: channels)
    return (buffers[1], buffers[3])
  }
}
