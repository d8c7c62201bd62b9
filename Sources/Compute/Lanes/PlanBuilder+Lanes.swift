internal import CKernels
internal import Networks

/// Compiles a small network into AdvLab's own kernels. Each layer runs over all blocks of 16 examples before the next.
extension PlanBuilder {
  /// The scalars of one layer for all examples of the plan, and the gradient at them.
  private struct LaneLayer {
    let image: LaneImage
    let value: Buffer
    let gradient: Buffer
  }

  func build(_ lanes: LaneNetwork, profile: Profile?) throws -> Plan {
    let blocks = (batch + Int(ADVLAB_LANES) - 1) / Int(ADVLAB_LANES)
    let layers = laneImages(lanes).map { image in
      let count = image.count * blocks
      return LaneLayer(
        image: image, value: laneBuffer(count), gradient: laneBuffer(purpose == .inputGradient ? count : 0))
    }
    needsZeros = true
    let (first, last) = (layers[0], layers[layers.count - 1])
    let input = laneBuffer(network.inputShape.count * blocks)
    let logits = laneBuffer(network.outputShape.count * blocks)
    emitLoad(input, to: first.value, first.image, blocks)
    for (index, stage) in lanes.stages.enumerated() {
      try emitForward(stage, layers[index], layers[index + 1], blocks)
    }
    emitStore(last.value, to: logits, last.image, blocks)
    let forwardCount = stepCount
    var gradients: (cotangent: Buffer, input: Buffer)?
    if purpose == .inputGradient {
      let cotangent = laneBuffer(network.outputShape.count * blocks)
      let result = laneBuffer(network.inputShape.count * blocks)
      attribute(to: network.outputIndex, isBackward: true)
      emitLoad(cotangent, to: last.gradient, last.image, blocks)
      for (index, stage) in lanes.stages.enumerated().reversed() {
        try emitBackward(stage, layers[index], layers[index + 1], blocks)
      }
      emitStore(first.gradient, to: result, first.image, blocks)
      gradients = (cotangent, result)
    }
    let output = Output(
      input: input,
      logits: Value(buffer: logits, layout: try TensorLayout(plain: [batch] + network.outputShape.extents)),
      cotangent: gradients?.cotangent, inputGradient: gradients?.input, forwardCount: forwardCount)
    return try plan(output, profile: profile)
  }

  /// The image before every stage, and after the last.
  private func laneImages(_ lanes: LaneNetwork) -> [LaneImage] {
    let shapes = lanes.stages.map(\.input) + [lanes.stages[lanes.stages.count - 1].output]
    return shapes.indices.map { index in
      var halo = Edges()
      if index < lanes.stages.count, case .convolution(let payload) = lanes.stages[index].layer {
        halo = LaneImage.halo(of: payload, input: shapes[index], output: shapes[index + 1])
      }
      if index > 0, case .convolution(let payload) = lanes.stages[index - 1].layer {
        halo = halo.union(LaneImage.gradientHalo(of: payload, input: shapes[index - 1], output: shapes[index]))
      }
      return LaneImage(shape: shapes[index], halo: halo)
    }
  }

  /// Vectors that stay zero where no kernel writes.
  private func laneBuffer(_ count: Int) -> Buffer {
    let buffer = newBuffer(of: Float.self, count: count * Int(ADVLAB_LANES))
    pin(buffer)
    return buffer
  }

  private func emitForward(_ stage: LaneNetwork.Stage, _ from: LaneLayer, _ to: LaneLayer, _ blocks: Int) throws {
    attribute(to: stage.node)
    if case .pooling(let pooling) = stage.layer {
      let kernel = LanePooling(pooling, blocks: blocks, from: from.image, to: to.image)
      emit(touching: [from.value, to.value], named: "lanes, pooling") { memory in
        kernel.run(memory.floats(from.value), to: memory.floats(to.value))
      }
      return
    }
    guard let description = forwardDescription(stage, from.image, to.image) else { return }
    let name = network.nodes[stage.node].name
    let hasBias = network.parameterSpecifications(of: stage.node).contains { $0.key.role == .bias }
    let kernel = try LaneSums(
      description, blocks: blocks, input: from.image.count, output: to.image.count, weight: ParameterKey(name, .weight),
      bias: hasBias ? ParameterKey(name, .bias) : nil, store: store)
    emit(touching: [from.value, to.value], named: "lanes, sums") { memory in
      kernel.run(memory.floats(from.value), to: memory.floats(to.value), rectifies: stage.rectifies)
    }
  }

  private func emitBackward(_ stage: LaneNetwork.Stage, _ from: LaneLayer, _ to: LaneLayer, _ blocks: Int) throws {
    attribute(to: stage.node, isBackward: true)
    if case .pooling(let pooling) = stage.layer {
      let kernel = LanePooling(pooling, blocks: blocks, from: from.image, to: to.image)
      let count = from.image.count * blocks * Int(ADVLAB_LANES)
      emit(touching: [from.gradient, to.gradient], named: "lanes, pooling") { memory in
        memory.floats(from.gradient).update(repeating: 0, count: count)
        kernel.runBack(
          memory.floats(to.gradient), input: memory.floats(from.value), output: memory.floats(to.value),
          to: memory.floats(from.gradient))
      }
      return
    }
    let kernels = try backwardDescriptions(stage, from.image, to.image).map { description in
      try LaneSums(
        description, blocks: blocks, input: to.image.count, output: from.image.count,
        weight: ParameterKey(network.nodes[stage.node].name, .weight), store: store)
    }
    let count = to.image.count * blocks
    emit(touching: [from.gradient, to.gradient], named: "lanes, sums") { memory in
      let gradient = memory.floats(to.gradient)
      if stage.rectifies { advlab_lane_rectify(memory.floats(to.value), gradient, count) }
      for kernel in kernels { kernel.run(gradient, to: memory.floats(from.gradient)) }
    }
  }

  private func forwardDescription(
    _ stage: LaneNetwork.Stage, _ from: LaneImage, _ to: LaneImage
  ) -> LaneSums.Description? {
    switch stage.layer {
    case .convolution(let payload): LaneSums.Description(payload, from: from, to: to)
    case .dense: LaneSums.Description(dense: stage.order, from: from, to: to)
    case .pooling: nil
    }
  }

  private func backwardDescriptions(
    _ stage: LaneNetwork.Stage, _ from: LaneImage, _ to: LaneImage
  ) -> [LaneSums.Description] {
    switch stage.layer {
    case .dense: return [LaneSums.Description(denseGradient: stage.order, from: to, to: from)]
    case .pooling: return []
    case .convolution(let payload):
      return (0..<min(payload.stride.height, from.shape[1])).flatMap { row in
        (0..<min(payload.stride.width, from.shape[2])).compactMap { column in
          LaneSums.Description(gradientOf: payload, row: row, column: column, from: to, to: from)
        }
      }
    }
  }

  private func emitLoad(_ rows: Buffer, to vectors: Buffer, _ image: LaneImage, _ blocks: Int) {
    emit("lanes, load", advlab_lane_load, blocks, image, from: (rows, image.shape.count), to: (vectors, image.count))
  }

  private func emitStore(_ vectors: Buffer, to rows: Buffer, _ image: LaneImage, _ blocks: Int) {
    emit("lanes, store", advlab_lane_store, blocks, image, from: (vectors, image.count), to: (rows, image.shape.count))
  }

  private typealias Transposition = (UnsafePointer<Float>?, Int, UnsafePointer<Int32>?, UnsafeMutablePointer<Float>?) ->
    Void

  /// Rows to vectors or back, block by block; each buffer comes with its number of scalars per example.
  private func emit(
    _ name: String, _ transpose: @escaping Transposition, _ blocks: Int, _ image: LaneImage,
    from: (buffer: Buffer, count: Int), to: (buffer: Buffer, count: Int)
  ) {
    let places = LaneTable(image.places())
    emit(touching: [from.buffer, to.buffer], named: name) { memory in
      for block in 0..<blocks {
        let first = block * Int(ADVLAB_LANES)
        transpose(
          memory.floats(from.buffer) + first * from.count, places.count, places.pointer,
          memory.floats(to.buffer) + first * to.count)
      }
    }
  }
}
