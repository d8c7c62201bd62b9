internal import Glibc
internal import Networks

/// Element-wise operations that oneDNN lacks, and those with per-channel parameters; all row-major.
extension PlanBuilder {
  func emitPointwise(_ index: Int, _ activation: Activation) throws {
    let source = try plain(inputValue(index))
    let output = newValue(source.layout)
    let count = batch * inputShape(index).count
    emit(touching: [source.buffer, output.buffer]) { memory in
      let (from, to) = (memory.floats(source.buffer), memory.floats(output.buffer))
      for place in 0..<count { to[place] = activation.value(from[place]) }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      let result = builder.newValue(source.layout)
      builder.emit(touching: [source.buffer, seed.buffer, result.buffer]) { memory in
        let (from, seed, to) = (memory.floats(source.buffer), memory.floats(seed.buffer), memory.floats(result.buffer))
        for place in 0..<count { to[place] = seed[place] * activation.derivative(from[place]) }
      }
      builder.contribute(result, to: index)
    }
  }

  /// Extents around the channel axis of a row-major batch: channels and the scalars of one channel.
  func channels(_ index: Int) -> (channels: Int, area: Int) {
    let shape = network.nodes[index].shape
    return (shape[0], shape.count / shape[0])
  }

  func emitParametricReLU(_ index: Int, _ payload: ParametricReLU) throws {
    guard let slope = try flatWeight(index, .slope) else { return }
    let source = try plain(inputValue(index))
    let output = newValue(source.layout)
    let (batch, (channels, area)) = (batch, channels(index))
    let isShared = payload.isShared
    emit(touching: [source.buffer, output.buffer]) { memory in
      let (from, to) = (memory.floats(source.buffer), memory.floats(output.buffer))
      for row in 0..<batch * channels {
        let slope = slope.floats[isShared ? 0 : row % channels]
        for place in row * area..<(row + 1) * area { to[place] = from[place] * (from[place] > 0 ? 1 : slope) }
      }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      if builder.trains(index) {
        let total = builder.parameterGradient(index, .slope, shape: [isShared ? 1 : channels])
        builder.emit(touching: [source.buffer, seed.buffer, total]) { memory in
          let (from, seed, total) = (memory.floats(source.buffer), memory.floats(seed.buffer), memory.floats(total))
          for channel in 0..<(isShared ? 1 : channels) {
            var sum = 0.0
            for row in 0..<batch * channels where isShared || row % channels == channel {
              for place in row * area..<(row + 1) * area where from[place] <= 0 {
                sum += Double(seed[place]) * Double(from[place])
              }
            }
            total[channel] = Float(sum)
          }
        }
      }
      guard builder.needsInputGradient(index) else { return }
      let result = builder.newValue(source.layout)
      builder.emit(touching: [source.buffer, seed.buffer, result.buffer]) { memory in
        let (from, seed, to) = (memory.floats(source.buffer), memory.floats(seed.buffer), memory.floats(result.buffer))
        for row in 0..<batch * channels {
          let slope = slope.floats[isShared ? 0 : row % channels]
          for place in row * area..<(row + 1) * area { to[place] = seed[place] * (from[place] > 0 ? 1 : slope) }
        }
      }
      builder.contribute(result, to: index)
    }
  }

  /// Softmax or its logarithm: both have a gradient that follows from the output.
  func emitSoftmax(_ index: Int, _ forward: @escaping Softmax.Forward, _ backward: @escaping Softmax.Backward) throws {
    let source = try plain(inputValue(index))
    let output = newValue(source.layout)
    let (batch, (channels, area)) = (batch, channels(index))
    emit(touching: [source.buffer, output.buffer]) { memory in
      forward(memory.floats(source.buffer), memory.floats(output.buffer), batch, channels, area)
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      let result = builder.newValue(source.layout)
      builder.emit(touching: [output.buffer, seed.buffer, result.buffer]) { memory in
        backward(
          memory.floats(seed.buffer), memory.floats(output.buffer), memory.floats(result.buffer), batch, channels, area)
      }
      builder.contribute(result, to: index)
    }
  }

  func emitAffine(_ index: Int) throws {
    guard let scale = try flatWeight(index, .scale) else { return }
    let shift = try flatWeight(index, .shift)
    if Fusion.isFrozenAndBlocked(network.nodes[index]) {
      return try emitBlockedAffine(index, scale: scale, shift: shift)
    }
    let source = try plain(inputValue(index))
    let output = newValue(source.layout)
    let (batch, (channels, area)) = (batch, channels(index))
    emit(touching: [source.buffer, output.buffer]) { memory in
      let (from, to) = (memory.floats(source.buffer), memory.floats(output.buffer))
      for row in 0..<batch * channels {
        let (scale, shift) = (scale.floats[row % channels], shift?.floats[row % channels] ?? 0)
        for place in row * area..<(row + 1) * area { to[place] = from[place] * scale + shift }
      }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      if builder.trains(index) {
        let scaleGradient = builder.parameterGradient(index, .scale, shape: [channels])
        let shiftGradient = shift.map { _ in builder.parameterGradient(index, .shift, shape: [channels]) }
        let gradients = [scaleGradient, shiftGradient].compactMap(\.self)
        builder.emit(touching: [source.buffer, seed.buffer] + gradients) { memory in
          ChannelSums.sum(
            memory.floats(seed.buffer), times: memory.floats(source.buffer), batch: batch, channels: channels,
            area: area
          ) { channel, sum, product in
            if let shiftGradient { memory.floats(shiftGradient)[channel] = Float(sum) }
            memory.floats(scaleGradient)[channel] = Float(product)
          }
        }
      }
      guard builder.needsInputGradient(index) else { return }
      let result = builder.newValue(source.layout)
      builder.emit(touching: [seed.buffer, result.buffer]) { memory in
        let (seed, to) = (memory.floats(seed.buffer), memory.floats(result.buffer))
        for row in 0..<batch * channels {
          let scale = scale.floats[row % channels]
          for place in row * area..<(row + 1) * area { to[place] = seed[place] * scale }
        }
      }
      builder.contribute(result, to: index)
    }
  }

  func emitMultiply(_ index: Int) throws {
    let shape = network.nodes[index].shape
    let sources = try [plain(inputValue(index, 0)), plain(inputValue(index, 1))]
    // A C×1×1 factor counts once per channel: one scalar per `area` of the product.
    let areas = (0...1).map { shape.count / inputShape(index, $0).count }
    let output = try plainValue(shape)
    let count = batch * shape.count
    emit(touching: sources.map(\.buffer) + [output.buffer]) { memory in
      let (a, b) = (memory.floats(sources[0].buffer), memory.floats(sources[1].buffer))
      let to = memory.floats(output.buffer)
      for place in 0..<count { to[place] = a[place / areas[0]] * b[place / areas[1]] }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      for position in 0...1 where builder.needsInputGradient(index, position) {
        let (other, area, otherArea) = (sources[1 - position], areas[position], areas[1 - position])
        let result = builder.newValue(sources[position].layout)
        builder.emit(touching: [seed.buffer, other.buffer, result.buffer]) { memory in
          let (seed, other) = (memory.floats(seed.buffer), memory.floats(other.buffer))
          let to = memory.floats(result.buffer)
          for target in 0..<count / area {
            var sum = 0.0
            for place in target * area..<(target + 1) * area {
              sum += Double(seed[place]) * Double(other[place / otherArea])
            }
            to[target] = Float(sum)
          }
        }
        builder.contribute(result, to: index, position)
      }
    }
  }

  /// The identity, except in training.
  func emitDropout(_ index: Int, rate: Float) throws {
    guard purpose == .training, rate > 0 else {
      values[index] = try inputValue(index)
      pullbacks[index] = { builder, gradient in builder.contribute(gradient, to: index) }
      return
    }
    let source = try plain(inputValue(index))
    let output = newValue(source.layout)
    let mask = newValue(source.layout)
    let (batch, size) = (batch, inputShape(index).count)
    emit(touching: [source.buffer, mask.buffer, output.buffer]) { memory in
      let (from, mask, to) = (memory.floats(source.buffer), memory.floats(mask.buffer), memory.floats(output.buffer))
      for example in 0..<batch {
        DropoutMask.fill(
          UnsafeMutableBufferPointer(start: mask + example * size, count: size), rate: rate,
          context: memory.context.seed, step: memory.context.step, node: index,
          example: memory.context.exampleIDs[example])
      }
      for place in 0..<batch * size { to[place] = from[place] * mask[place] }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      let result = builder.newValue(source.layout)
      builder.emit(touching: [seed.buffer, mask.buffer, result.buffer]) { memory in
        let (seed, mask) = (memory.floats(seed.buffer), memory.floats(mask.buffer))
        let to = memory.floats(result.buffer)
        for place in 0..<batch * size { to[place] = seed[place] * mask[place] }
      }
      builder.contribute(result, to: index)
    }
  }
}
