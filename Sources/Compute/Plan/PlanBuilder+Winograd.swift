internal import CKernels
internal import Networks

extension PlanBuilder {
  /// A convolution by Winograd's algorithm in AdvLab's own kernels, its input gradient and those of its weights.
  func emitWinograd(_ index: Int, _ kernel: WinogradConvolution) throws {
    let input = try conform(inputValue(index), to: kernel.inputLayout(batch))
    var rectifier = fusedActivations[index]
    if let fused = rectifier, network.nodes[fused].operation != .activation(.relu) { rectifier = nil }
    let biases = try flatWeight(index, .bias)
    let output = try emit(index, kernel, from: input, biases: biases, rectifies: rectifier != nil)
    finish(index, with: rectifier, output: output) { builder, gradient in
      let seed = try builder.conform(gradient, to: kernel.backward.inputLayout(builder.batch))
      if builder.trains(index) { builder.emitWeightGradients(index, kernel, input: input.buffer, seed: seed.buffer) }
      guard builder.needsInputGradient(index) else { return }
      let gates = builder.takesDerivative(of: index) ? input.buffer : nil
      builder.contribute(try builder.emit(index, kernel.backward, from: seed, gates: gates), to: index)
    }
  }

  private func emitWeightGradients(_ index: Int, _ kernel: WinogradConvolution, input: Buffer, seed: Buffer) {
    let specifications = network.parameterSpecifications(of: index)
    let weights = parameterGradient(index, .weight, shape: specifications[0].shape)
    let biases = specifications.count > 1 ? parameterGradient(index, .bias, shape: specifications[1].shape) : nil
    let scratch = newBuffer(of: Float.self, count: kernel.gradientScratchCount(batch))
    let touched = [input, seed, scratch, weights] + [biases].compactMap(\.self)
    emit(touching: touched, named: "weight gradient, Winograd") { memory in
      kernel.gradient(
        memory.floats(input), memory.floats(seed), scratch: memory.floats(scratch), to: memory.floats(weights),
        batch: memory.count)
      if let biases { kernel.biasGradient(memory.floats(seed), to: memory.floats(biases), batch: memory.count) }
    }
  }

  /// Whether the input gradient of a node's kernel is to be set to zero where the ReLU before it is off: where nothing
  /// else reads that ReLU. Its own backward pass is then left out.
  private func takesDerivative(of index: Int) -> Bool {
    let source = network.nodes[index].inputs[0]
    guard network.nodes[source].operation == .activation(.relu), consumers[source] == [index] else { return false }
    derivedActivations.insert(source)
    return true
  }

  private func emit(
    _ index: Int, _ kernel: WinogradConvolution, from input: Value, biases: StoredWeight? = nil,
    rectifies: Bool = false, gates: Buffer? = nil
  ) throws -> Value {
    let output = newValue(try kernel.outputLayout(batch))
    let scratch = newBuffer(of: Float.self, count: kernel.scratchCount)
    let weights = try store.shared(ParameterKey(network.nodes[index].name, .weight))
    let touched = [input.buffer, scratch, output.buffer] + [gates].compactMap(\.self)
    emit(touching: touched, named: "convolution, Winograd") { memory in
      let epilogue = advlab_epilogue(
        biases: biases?.floats, rectifies: rectifies ? 1 : 0, gates: gates.map { memory.floats($0) })
      weights.withFloats { weights in
        kernel.run(
          memory.floats(input.buffer), weights: weights, epilogue: epilogue, scratch: memory.floats(scratch),
          to: memory.floats(output.buffer), batch: memory.count)
      }
    }
    return output
  }
}
