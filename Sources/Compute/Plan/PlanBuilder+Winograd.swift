internal import CKernels
internal import Networks

extension PlanBuilder {
  /// A convolution by Winograd's algorithm in AdvLab's own kernels, its input gradient and those of its weights.
  func emitWinograd(_ index: Int, _ kernel: WinogradConvolution) throws {
    let input = try conform(inputValue(index), to: kernel.inputLayout(batch))
    var rectifier = fusedActivations[index]
    if let fused = rectifier, network.nodes[fused].operation != .activation(.relu) { rectifier = nil }
    let biases = try flatWeight(index, .bias)
    let signs = try rectifier.flatMap { newSigns(of: $0, try kernel.outputLayout(batch)) }
    let output = try emit(
      index, kernel, from: input, biases: biases, rectifies: rectifier != nil, signs: signs)
    finish(index, with: rectifier, output: output) { builder, gradient in
      let seed = try builder.conform(gradient, to: kernel.backward.inputLayout(builder.batch))
      if builder.trains(index) { builder.emitWeightGradients(index, kernel, input: input.buffer, seed: seed.buffer) }
      guard builder.needsInputGradient(index) else { return }
      let gates = try builder.takesDerivative(of: index, input.layout)
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

  /// The signs of the ReLU before a node, where nothing else reads it: the input gradient of the node's kernel is to be
  /// zero where they are. The ReLU's own backward pass is then left out.
  private func takesDerivative(of index: Int, _ layout: TensorLayout) throws -> Buffer? {
    let source = network.nodes[index].inputs[0]
    guard consumers[source] == [index], let signs = signs[source], try value(source).layout == layout else {
      return nil
    }
    derivedActivations.insert(source)
    return signs
  }

  private func emit(
    _ index: Int, _ kernel: WinogradConvolution, from input: Value, biases: StoredWeight? = nil,
    rectifies: Bool = false, signs: Buffer? = nil, gates: Buffer? = nil
  ) throws -> Value {
    let output = newValue(try kernel.outputLayout(batch))
    let scratch = newBuffer(of: Float.self, count: kernel.scratchCount)
    let weights = try store.shared(ParameterKey(network.nodes[index].name, .weight))
    let touched = [input.buffer, scratch, output.buffer] + [signs, gates].compactMap(\.self)
    emit(touching: touched, named: "convolution, Winograd") { memory in
      let epilogue = advlab_epilogue(
        biases: biases?.floats, rectifies: rectifies ? 1 : 0, gates: gates.map { UnsafePointer(memory.bytes($0)) },
        signs: signs.map { memory.bytes($0) })
      weights.withFloats { weights, factors in
        kernel.run(
          memory.floats(input.buffer), weights: weights, factors: factors, epilogue: epilogue,
          scratch: memory.floats(scratch), to: memory.floats(output.buffer), batch: memory.count)
      }
    }
    return output
  }
}
