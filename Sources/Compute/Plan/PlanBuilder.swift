internal import COneDNN
internal import Networks

/// A vector of numbers that belong to a parameter, in a plan's buffer.
typealias ParameterBuffer = (key: ParameterKey, buffer: Buffer, shape: Shape)

/// Compiles a network into the steps of a plan, node by node.
///
/// A node's output keeps the layout that its primitive chose, and a reorder is emitted only where the next primitive
/// needs another one. AdvLab's own loops work row-major.
final class PlanBuilder {
  struct Output {
    let input: Buffer
    let logits: Value
    let cotangent: Buffer?
    let inputGradient: Buffer?
    let forwardCount: Int
  }

  let network: Network
  let batch: Int
  let purpose: PlanPurpose
  let arithmetic: GradientArithmetic
  let store: WeightStore
  let arenas: ArenaPool
  let engine: Processor

  private(set) var arena = ArenaPlanner()
  private(set) var steps: [Step] = []
  /// What each step is, for a profile.
  private(set) var entries: [Profile.Entry] = []
  private var current = (node: "", isBackward: false)
  private(set) var parameterGradients: [ParameterBuffer] = []
  private(set) var batchStatistics: [ParameterBuffer] = []
  /// Whether buffers have to be zero where no step writes.
  var needsZeros = false

  /// The output of every node so far.
  var values: [Value?]
  /// Emits a node's backward pass, given the gradient at its output; set when its forward pass is emitted.
  var pullbacks: [((PlanBuilder, Value) throws -> Void)?]
  /// Back-propagation through the network, whose gradients are the values that will hold them in the plan.
  private var backpropagation: Backpropagation<Value>
  /// The activation that is computed with the node before it, by that node's index.
  let fusedActivations: [Int: Int]
  /// Activations whose derivative is applied after the max-pooling that reads them, where there is less of it.
  let activationsBeforePooling: Set<Int>
  /// The nodes that read each node's output.
  let consumers: [[Int]]
  /// The signs of the outputs of ReLUs, by their nodes.
  var signs: [Int: Buffer] = [:]
  /// ReLUs whose derivative was applied by the backward pass of the node that reads them.
  var derivedActivations: Set<Int> = []
  private var pinned: [Buffer] = []

  init(
    _ network: Network, batch: Int, purpose: PlanPurpose, arithmetic: GradientArithmetic, store: WeightStore,
    arenas: ArenaPool, engine: Processor
  ) {
    self.network = network
    self.arithmetic = purpose == .inference ? .direct : arithmetic
    self.batch = batch
    self.purpose = purpose
    self.store = store
    self.arenas = arenas
    self.engine = engine
    values = Array(repeating: nil, count: network.nodes.count)
    pullbacks = Array(repeating: nil, count: network.nodes.count)
    backpropagation = Backpropagation(through: network, to: purpose.gradientTargets)
    consumers = network.consumers
    fusedActivations = Fusion.activations(of: network)
    activationsBeforePooling = Fusion.activationsBeforePooling(of: network)
  }

  /// Compiles the whole network.
  func build(profile: Profile?) throws -> Plan {
    if purpose != .training, let lanes = LaneNetwork(network) { return try build(lanes, profile: profile) }
    let input = try plainValue(network.inputShape)
    pin(input.buffer)
    values[0] = input
    for index in network.nodes.indices.dropFirst() where values[index] == nil {
      attribute(to: index)
      try emitForward(index)
    }
    let output = try plain(value(network.outputIndex))
    pin(output.buffer)
    let forwardCount = steps.count
    var cotangent: Value?
    var inputGradient: Value?
    if purpose != .inference {
      let seed = try plainValue(network.outputShape)
      pin(seed.buffer)
      cotangent = seed
      inputGradient = try emitBackward(from: seed)
    }
    return try plan(
      Output(
        input: input.buffer, logits: output, cotangent: cotangent?.buffer, inputGradient: inputGradient?.buffer,
        forwardCount: forwardCount),
      profile: profile)
  }

  /// Finishes the plan: pinned buffers live from its first step to its last.
  func plan(_ output: Output, profile: Profile?) throws -> Plan {
    for buffer in pinned {
      arena.use(buffer, at: 0)
      arena.use(buffer, at: steps.count)
    }
    return try Plan(self, output: output, profile: profile)
  }

  var stepCount: Int { steps.count }

  private func emitBackward(from seed: Value) throws -> Value? {
    backpropagation.start(from: seed)
    var imageGradient: Value?
    while let (index, gradient) = try nextGradient() {
      attribute(to: index, isBackward: true)
      if index == 0 { imageGradient = gradient }
      try pullbacks[index]?(self, gradient)
    }
    guard purpose == .inputGradient else { return nil }
    let result = try imageGradient.map(plain) ?? zeros()
    pin(result.buffer)
    return result
  }

  /// The gradient at an input that reaches no output.
  private func zeros() throws -> Value {
    let result = try plainValue(network.inputShape)
    let count = batch * network.inputShape.count
    emit(touching: [result.buffer]) { memory in memory.floats(result.buffer).update(repeating: 0, count: count) }
    return result
  }

  /// The next node on the way back; a sum of contributions is in the layout of the first.
  private func nextGradient() throws -> (node: Int, gradient: Value)? {
    try backpropagation.next { index, sum, contribution in
      attribute(to: index, isBackward: true)
      return try emitSum(sum, conform(contribution, to: sum.layout))
    }
  }
}

/// Building blocks of steps.
extension PlanBuilder {
  func value(_ index: Int) throws -> Value {
    guard let value = values[index] else {
      throw NetworkError(node: network.nodes[index].name, expected: "a value", found: "none; this is a bug of AdvLab")
    }
    return value
  }

  /// Sets the node that the next steps are attributed to.
  func attribute(to index: Int, isBackward: Bool = false) {
    current = (network.nodes[index].name, isBackward)
  }

  /// The output of a node's input number `position`.
  func inputValue(_ index: Int, _ position: Int = 0) throws -> Value {
    try value(network.nodes[index].inputs[position])
  }

  func inputShape(_ index: Int, _ position: Int = 0) -> Shape {
    network.nodes[network.nodes[index].inputs[position]].shape
  }

  /// Keeps a buffer's memory from being shared, from the first step to the last.
  func pin(_ buffer: Buffer) {
    pinned.append(buffer)
  }

  func newValue(_ layout: TensorLayout) -> Value {
    Value(buffer: arena.request(byteCount: layout.byteCount), layout: layout)
  }

  func plainValue(_ shape: Shape) throws -> Value {
    newValue(try TensorLayout(plain: [batch] + shape.extents))
  }

  func newBuffer<Scalar>(of type: Scalar.Type, count: Int) -> Buffer {
    arena.request(byteCount: count * MemoryLayout<Scalar>.stride)
  }

  /// Emits a primitive; its scratchpad is a buffer that lives for this step.
  func emit(_ descriptor: PrimitiveDescriptor, _ arguments: [(argument: Int32, operand: Operand)]) throws {
    var arguments = arguments
    if let scratchpad = descriptor.scratchpad {
      arguments.append((DNNL_ARG_SCRATCHPAD, .value(newValue(scratchpad))))
    }
    for case (_, .value(let value)) in arguments { arena.use(value.buffer, at: steps.count) }
    append(.primitive(try Primitive(descriptor), arguments), named: descriptor.name)
  }

  /// Emits one of AdvLab's own kernels, which reads or writes these buffers.
  func emit(
    touching buffers: [Buffer], named kernel: String = "own loop", _ body: @escaping (borrowing PlanMemory) -> Void
  ) {
    for buffer in buffers { arena.use(buffer, at: steps.count) }
    append(.kernel(body), named: kernel)
  }

  private func append(_ step: Step, named kernel: String) {
    steps.append(step)
    entries.append(Profile.Entry(node: current.node, isBackward: current.isBackward, kernel: kernel))
  }

  func emitAllReduce(partial: Buffer, total: Buffer, count: Int) {
    arena.use(partial, at: steps.count)
    arena.use(total, at: steps.count)
    append(.allReduce(partial: partial, total: total, count: count), named: "sum over shards")
  }

  /// The value in that layout: itself, or a reordered copy.
  func conform(_ value: Value, to layout: TensorLayout) throws -> Value {
    if value.layout == layout { return value }
    let copy = newValue(layout)
    try emit(
      PrimitiveDescriptor(reorderFrom: value.layout, to: layout, engine: engine),
      [(DNNL_ARG_SRC, .value(value)), (DNNL_ARG_DST, .value(copy))])
    return copy
  }

  /// The value row-major.
  func plain(_ value: Value) throws -> Value {
    try conform(value, to: try TensorLayout(plain: value.layout.extents))
  }

  /// The same row-major scalars under another shape of one example.
  func reshaped(_ value: Value, to shape: Shape) throws -> Value {
    Value(buffer: try plain(value).buffer, layout: try TensorLayout(plain: [batch] + shape.extents))
  }

  /// Adds a contribution to the gradient at the output of a node's input.
  func contribute(_ value: Value, to index: Int, _ position: Int = 0) {
    backpropagation.contribute(value, to: position, of: index)
  }

  /// Whether the gradient at a node's input is needed.
  func needsInputGradient(_ index: Int, _ position: Int = 0) -> Bool {
    backpropagation.needsInputGradient(position, of: index)
  }

  /// A pinned row-major buffer for the gradient of a parameter.
  func parameterGradient(_ index: Int, _ role: ParameterRole, shape: Shape) -> Buffer {
    let buffer = newBuffer(of: Float.self, count: shape.count)
    pin(buffer)
    parameterGradients.append((ParameterKey(network.nodes[index].name, role), buffer, shape))
    return buffer
  }

  /// A pinned row-major buffer for a batch statistic.
  func batchStatistic(_ index: Int, _ role: ParameterRole, count: Int) -> Buffer {
    let buffer = newBuffer(of: Float.self, count: count)
    pin(buffer)
    batchStatistics.append((ParameterKey(network.nodes[index].name, role), buffer, [count]))
    return buffer
  }

  /// A parameter of a node as a flat block.
  func flatWeight(_ index: Int, _ role: ParameterRole) throws -> StoredWeight? {
    let specifications = network.parameterSpecifications(of: index)
    guard let specification = specifications.first(where: { $0.key.role == role }) else { return nil }
    return try store.flat(specification.key, count: specification.shape.count)
  }

  /// Whether the gradients of a node's parameters are needed.
  func trains(_ index: Int) -> Bool {
    purpose == .training && network.parameterSpecifications(of: index).contains(where: \.isTrainable)
  }
}
