internal import COneDNN
internal import Networks
internal import Synchronization

/// One parameter as plans read it.
private protocol LoadedWeight: AnyObject, Sendable {
  var key: ParameterKey { get }
  /// How many parts can be loaded at the same time.
  var partCount: Int { get }
  /// Brings the scalars of a part of the tensor into its form.
  func load(_ tensor: Tensor<Float>, part: Int) throws
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
    let plain: TensorLayout
    let layout: TensorLayout
    let reorder: Primitive

    init(_ plain: TensorLayout, _ layout: TensorLayout, _ engine: Processor) throws {
      (self.plain, self.layout) = (plain, layout)
      reorder = try Primitive(PrimitiveDescriptor(reorderFrom: plain, to: layout, engine: engine))
    }
  }

  /// The parts of a large weight, of 256 rows each: `nil` for a smaller one, and for a layout whose blocks have rows of two
  /// parts.
  private static func parts(_ plain: TensorLayout, _ layout: TensorLayout, _ engine: Processor) -> [Part]? {
    guard layout.byteCount >= 1 << 20 else { return nil }
    return try? shardRanges(count: plain.extents[0], size: 256).map { rows in
      try Part(plain.rows(rows), layout.rows(rows), engine)
    }
  }

  var floats: UnsafePointer<Float> { UnsafePointer(address.assumingMemoryBound(to: Float.self)) }
  var partCount: Int { parts.count }

  init(key: ParameterKey, plain: TensorLayout, layout: TensorLayout, engine: Processor) throws {
    self.key = key
    self.plain = plain
    self.layout = layout
    self.engine = engine
    parts = try Self.parts(plain, layout, engine) ?? [Part(plain, layout, engine)]
    address = .allocate(byteCount: max(layout.byteCount, 64), alignment: 64)
  }

  deinit {
    address.deallocate()
  }

  func load(_ tensor: Tensor<Float>, part: Int) throws {
    let (stream, part) = (try Stream(on: engine), parts[part])
    try tensor.withUnsafeScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      // oneDNN takes sources as mutable, too; a reorder only reads its source.
      let source = try Memory(part.plain, at: UnsafeMutableRawPointer(mutating: base), engine: engine)
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

  func load(_ tensor: Tensor<Float>, part: Int) {
    tensor.withUnsafeScalars { scalars in
      for (place, source) in sources.enumerated() { floats[place] = source < 0 ? 0 : scalars[source] }
    }
  }
}

/// One parameter as it is, whose scalars are those of the model. Sendable as `StoredWeight` is.
final class SharedWeight: LoadedWeight, @unchecked Sendable {
  let key: ParameterKey
  /// `nil` while the model's parameters change.
  private var tensor: Tensor<Float>?

  init(key: ParameterKey) {
    self.key = key
  }

  func load(_ tensor: Tensor<Float>, part: Int) { self.tensor = tensor }

  func release() { tensor = nil }

  /// Calls `body` with the row-major scalars.
  func withFloats(_ body: (UnsafePointer<Float>) throws -> Void) rethrows {
    guard let tensor else { preconditionFailure("weights are read while they change") }
    try tensor.withUnsafeScalars { scalars in
      if let base = scalars.baseAddress { try body(base) }
    }
  }
}

/// The weights that a set of plans shares, each parameter once per layout, reordered when it is first asked for and
/// again after an update. Threads that compile plans at the same time may ask for weights at the same time.
final class WeightStore: PlanWeights {
  private struct State {
    var parameters: Parameters
    var weights: [StoredWeight] = []
    var packed: [PackedWeight] = []
    var shared: [SharedWeight] = []
  }

  private let state: Mutex<State>
  private let engine: Processor

  init(_ parameters: Parameters, engine: Processor) {
    state = Mutex(State(parameters: parameters))
    self.engine = engine
  }

  /// The parameter in that layout.
  func weight(_ key: ParameterKey, plain: TensorLayout, as layout: TensorLayout) throws -> StoredWeight {
    try state.withLock { state in
      if let known = state.weights.first(where: { $0.key == key && $0.layout == layout && $0.plain == plain }) {
        return known
      }
      let weight = try StoredWeight(key: key, plain: plain, layout: layout, engine: engine)
      try Self.load(weight, from: state.parameters)
      state.weights.append(weight)
      return weight
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
      if let known = state.packed.first(where: { $0.key == key && $0.sources == sources }) { return known }
      let weight = PackedWeight(key: key, sources: sources)
      try Self.load(weight, from: state.parameters)
      state.packed.append(weight)
      return weight
    }
  }

  /// The parameter as it is.
  func shared(_ key: ParameterKey) throws -> SharedWeight {
    try state.withLock { state in
      if let known = state.shared.first(where: { $0.key == key }) { return known }
      let weight = SharedWeight(key: key)
      try Self.load(weight, from: state.parameters)
      state.shared.append(weight)
      return weight
    }
  }

  func release() {
    state.withLock { state in
      state.parameters = Parameters()
      for weight in state.shared { weight.release() }
    }
  }

  /// Reloads every weight, each part on one thread.
  func replace(_ parameters: Parameters, _ workers: Workers) throws {
    let weights = state.withLock { state -> [any LoadedWeight] in
      state.parameters = parameters
      return state.weights + state.packed + state.shared
    }
    let parts = weights.flatMap { weight in (0..<weight.partCount).map { (weight, $0) } }
    _ = try workers.map(parts.count) { index in
      Processor.useOneThread()
      try Self.load(parts[index].0, part: parts[index].1, from: parameters)
    }
  }

  private static func load(_ weight: any LoadedWeight, from parameters: Parameters) throws {
    for part in 0..<weight.partCount { try load(weight, part: part, from: parameters) }
  }

  private static func load(_ weight: any LoadedWeight, part: Int, from parameters: Parameters) throws {
    guard let tensor = parameters.tensors[weight.key] else {
      throw NetworkError(
        node: weight.key.node, expected: "a parameter \(weight.key.role.rawValue)", found: "none")
    }
    try weight.load(tensor, part: part)
  }
}
