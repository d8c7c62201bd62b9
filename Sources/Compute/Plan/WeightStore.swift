internal import COneDNN
internal import Networks
internal import Synchronization

/// One parameter as plans read it.
private protocol LoadedWeight: AnyObject, Sendable {
  var key: ParameterKey { get }
  /// How many parts can be loaded at the same time.
  var partCount: Int { get }
  /// Brings the scalars of a part of the tensor into its form.
  func load(_ weights: ScaledTensor, part: Int) throws
}

extension LoadedWeight {
  var partCount: Int { 1 }
}

/// One parameter in one layout, at an address that never changes, so that plans can point to it.
///
/// Sendable because its scalars change only in `load`, which `WeightStore` calls before any plan reads them, or while none
/// runs.
final class StoredWeight: LoadedWeight, @unchecked Sendable {
  let key: ParameterKey
  /// The row-major tensor in oneDNN's logical extents.
  let plain: TensorLayout
  let layout: TensorLayout
  let address: UnsafeMutableRawPointer
  private let parts: [Part]
  private let engine: Processor

  /// Some rows, which one thread loads.
  private struct Part {
    let scalars: Range<Int>
    let plain: TensorLayout
    let layout: TensorLayout
    let reorder: Primitive

    init(_ scalars: Range<Int>, _ plain: TensorLayout, _ layout: TensorLayout, _ engine: Processor) throws {
      (self.scalars, self.plain, self.layout) = (scalars, plain, layout)
      reorder = try Primitive(PrimitiveDescriptor(reorderFrom: plain, to: layout, engine: engine))
    }
  }

  /// The parts of a large weight, of 256 rows each: `nil` for a smaller one, and for a layout whose blocks have rows of two
  /// parts.
  private static func parts(_ plain: TensorLayout, _ layout: TensorLayout, _ engine: Processor) -> [Part]? {
    guard layout.byteCount >= 1 << 20 else { return nil }
    let row = plain.extents.dropFirst().reduce(1, *)
    return try? shardRanges(count: plain.extents[0], size: 256).map { rows in
      try Part(rows.lowerBound * row..<rows.upperBound * row, plain.rows(rows), layout.rows(rows), engine)
    }
  }

  var floats: UnsafePointer<Float> { UnsafePointer(address.assumingMemoryBound(to: Float.self)) }
  var partCount: Int { parts.count }

  init(key: ParameterKey, plain: TensorLayout, layout: TensorLayout, engine: Processor) throws {
    self.key = key
    self.plain = plain
    self.layout = layout
    self.engine = engine
    parts = try Self.parts(plain, layout, engine) ?? [Part(0..<plain.extents.reduce(1, *), plain, layout, engine)]
    address = .allocate(byteCount: max(layout.byteCount, 64), alignment: 64)
  }

  deinit {
    address.deallocate()
  }

  func load(_ weights: ScaledTensor, part: Int) throws {
    let (stream, part) = (try Stream(on: engine), parts[part])
    try weights.withProduct(part.scalars) { scalars in
      // oneDNN takes sources as mutable, too; a reorder only reads its source.
      let source = try Memory(part.plain, at: UnsafeMutableRawPointer(mutating: scalars), engine: engine)
      let destination = try Memory(part.layout, at: address, engine: engine)
      try part.reorder.execute(
        on: stream,
        arguments: [
          dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: source.pointer),
          dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: destination.pointer),
        ])
    }
  }
}

/// One parameter in the order in which kernels for small networks read it. Sendable because its scalars change only in
/// `load`, as those of `StoredWeight`.
final class PackedWeight: LoadedWeight, @unchecked Sendable {
  let key: ParameterKey
  /// For every packed float, the index of the tensor's scalar; a negative index stands for zero.
  let sources: [Int]
  let floats: UnsafeMutablePointer<Float>

  init(key: ParameterKey, sources: [Int]) {
    self.key = key
    self.sources = sources
    floats = .allocate(capacity: max(sources.count, 1))
  }

  deinit {
    floats.deallocate()
  }

  func load(_ weights: ScaledTensor, part: Int) {
    weights.withProduct(0..<weights.tensor.shape.count) { scalars in
      for (place, source) in sources.enumerated() { floats[place] = source < 0 ? 0 : scalars[source] }
    }
  }
}

/// One parameter as it is, whose scalars are those of the model; its rows may have factors. Sendable as `StoredWeight` is.
final class SharedWeight: LoadedWeight, @unchecked Sendable {
  let key: ParameterKey
  /// `nil` while the model's parameters change.
  private var weights: ScaledTensor?

  init(key: ParameterKey) {
    self.key = key
  }

  func load(_ weights: ScaledTensor, part: Int) { self.weights = weights }

  func release() { weights = nil }

  /// Calls `body` with the row-major scalars and the factors.
  func withFloats(_ body: (UnsafePointer<Float>, UnsafePointer<Double>?) throws -> Void) rethrows {
    guard let weights else { preconditionFailure("weights are read while they change") }
    try weights.tensor.withUnsafeScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      guard let factors = weights.factors else { return try body(base, nil) }
      try factors.withUnsafeBufferPointer { try body(base, $0.baseAddress) }
    }
  }
}

/// The weights that a set of plans shares, each parameter once per form, brought into it when it is first asked for and
/// again after an update. Threads that compile plans at the same time may ask for weights at the same time.
final class WeightStore: PlanWeights {
  private struct State {
    var parameters: ScaledParameters
    var stored: [StoredWeight] = []
    var packed: [PackedWeight] = []
    var shared: [SharedWeight] = []
  }

  private let state: Mutex<State>
  private let engine: Processor

  init(_ parameters: ScaledParameters, engine: Processor) {
    state = Mutex(State(parameters: parameters))
    self.engine = engine
  }

  /// The parameter in that layout.
  func weight(_ key: ParameterKey, plain: TensorLayout, as layout: TensorLayout) throws -> StoredWeight {
    try state.withLock { state in
      try Self.find({ $0.key == key && $0.layout == layout && $0.plain == plain }, in: \.stored, &state) {
        try StoredWeight(key: key, plain: plain, layout: layout, engine: engine)
      }
    }
  }

  /// The parameter as a flat row-major block.
  func flat(_ key: ParameterKey, count: Int) throws -> StoredWeight {
    let layout = try TensorLayout(plain: [count])
    return try weight(key, plain: layout, as: layout)
  }

  /// The parameter with its scalars in another order; see `PackedWeight`.
  func packed(_ key: ParameterKey, sources: [Int]) throws -> PackedWeight {
    try state.withLock { state in
      try Self.find({ $0.key == key && $0.sources == sources }, in: \.packed, &state) {
        PackedWeight(key: key, sources: sources)
      }
    }
  }

  /// The parameter as it is.
  func shared(_ key: ParameterKey) throws -> SharedWeight {
    try state.withLock { state in
      try Self.find({ $0.key == key }, in: \.shared, &state) { SharedWeight(key: key) }
    }
  }

  /// Whether the rows of a parameter have factors.
  func isScaled(_ key: ParameterKey) -> Bool { state.withLock { $0.parameters.isScaled(key) } }

  func release() {
    state.withLock { state in
      state.parameters = ScaledParameters()
      for weight in state.shared { weight.release() }
    }
  }

  /// Reloads every weight, each part on one thread.
  func replace(_ parameters: ScaledParameters, _ workers: Workers) throws {
    let weights = state.withLock { state -> [any LoadedWeight] in
      state.parameters = parameters
      return state.stored + state.packed + state.shared
    }
    let parts = weights.flatMap { weight in (0..<weight.partCount).map { (weight, $0) } }
    _ = try workers.map(parts.count) { index in
      Processor.useOneThread()
      try Self.load(parts[index].0, part: parts[index].1, from: parameters)
    }
  }

  /// The weight that there is already, or a new one.
  private static func find<Weight: LoadedWeight>(
    _ isWanted: (Weight) -> Bool, in weights: WritableKeyPath<State, [Weight]>, _ state: inout State,
    orMake make: () throws -> Weight
  ) throws -> Weight {
    if let known = state[keyPath: weights].first(where: isWanted) { return known }
    let weight = try make()
    for part in 0..<weight.partCount { try load(weight, part: part, from: state.parameters) }
    state[keyPath: weights].append(weight)
    return weight
  }

  private static func load(_ weight: any LoadedWeight, part: Int, from parameters: ScaledParameters) throws {
    guard let tensor = parameters[weight.key] else {
      throw NetworkError(
        node: weight.key.node, expected: "a parameter \(weight.key.role.rawValue)", found: "none")
    }
    try weight.load(tensor, part: part)
  }
}
