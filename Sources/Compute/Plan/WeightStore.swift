internal import COneDNN
internal import Networks

/// One parameter in one layout, at an address that never changes, so that plans can point to it.
final class StoredWeight {
  let key: ParameterKey
  /// The row-major tensor in oneDNN's logical extents.
  let plain: Layout
  let layout: Layout
  let address: UnsafeMutableRawPointer
  private let reorder: Primitive

  var floats: UnsafePointer<Float> { UnsafePointer(address.assumingMemoryBound(to: Float.self)) }

  init(key: ParameterKey, plain: Layout, layout: Layout, engine: Engine) throws {
    self.key = key
    self.plain = plain
    self.layout = layout
    reorder = try Primitive(PrimitiveDescriptor(reorderFrom: plain, to: layout, engine: engine))
    address = .allocate(byteCount: max(layout.byteCount, 64), alignment: 64)
  }

  deinit {
    address.deallocate()
  }

  /// Brings the tensor's scalars into this layout.
  func load(_ tensor: Tensor<Float>, stream: Stream, engine: Engine) throws {
    try tensor.withUnsafeScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      // oneDNN takes sources as mutable, too; a reorder only reads its source.
      let source = try Memory(plain, at: UnsafeMutableRawPointer(mutating: base), engine: engine)
      let destination = try Memory(layout, at: address, engine: engine)
      try reorder.execute(
        on: stream,
        arguments: [
          dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: source.pointer),
          dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: destination.pointer),
        ])
    }
  }
}

/// One parameter in an order of the lab's own.
final class PackedWeight {
  let key: ParameterKey
  let floats: UnsafeMutablePointer<Float>
  /// For every float the scalar of the tensor that stands there; a negative one stands for zero.
  private let sources: [Int]

  init(key: ParameterKey, sources: [Int]) {
    self.key = key
    self.sources = sources
    floats = .allocate(capacity: max(sources.count, 1))
  }

  deinit {
    floats.deallocate()
  }

  func load(_ tensor: Tensor<Float>) {
    tensor.withUnsafeScalars { scalars in
      for (place, source) in sources.enumerated() { floats[place] = source < 0 ? 0 : scalars[source] }
    }
  }
}

/// The weights that a set of plans shares, each parameter once per layout, reordered when it is first asked for and
/// again after an update. Not thread-safe by itself: `CompiledModel` calls it under its lock.
final class WeightStore {
  private var weights: [StoredWeight] = []
  private var packed: [PackedWeight] = []
  private(set) var parameters: Parameters
  private let engine: Engine
  private let stream: Stream

  init(_ parameters: Parameters, engine: Engine) throws {
    self.parameters = parameters
    self.engine = engine
    stream = try Stream(on: engine)
  }

  /// The parameter in that layout.
  func weight(_ key: ParameterKey, plain: Layout, as layout: Layout) throws -> StoredWeight {
    if let known = weights.first(where: { $0.key == key && $0.layout == layout && $0.plain == plain }) {
      return known
    }
    let weight = try StoredWeight(key: key, plain: plain, layout: layout, engine: engine)
    try load(weight)
    weights.append(weight)
    return weight
  }

  /// The parameter as a flat row-major block.
  func flat(_ key: ParameterKey, count: Int) throws -> StoredWeight {
    let layout = try Layout(plain: [count])
    return try weight(key, plain: layout, as: layout)
  }

  /// The parameter in an order of the lab's own; see `PackedWeight`.
  func packed(_ key: ParameterKey, sources: [Int]) throws -> PackedWeight {
    let weight = PackedWeight(key: key, sources: sources)
    weight.load(try tensor(key))
    packed.append(weight)
    return weight
  }

  /// Lets go of the parameters; `replace` must follow before the next use.
  func release() {
    parameters = Parameters()
  }

  /// Reloads every weight from new parameters of the same shapes.
  func replace(_ parameters: Parameters) throws {
    self.parameters = parameters
    for weight in weights { try load(weight) }
    for weight in packed { weight.load(try tensor(weight.key)) }
  }

  private func load(_ weight: StoredWeight) throws {
    try weight.load(tensor(weight.key), stream: stream, engine: engine)
  }

  private func tensor(_ key: ParameterKey) throws -> Tensor<Float> {
    guard let tensor = parameters.tensors[key] else {
      throw NetworkError(node: key.node, expected: "a parameter \(key.role.rawValue)", found: "none")
    }
    return tensor
  }
}
