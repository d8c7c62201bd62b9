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

/// The weights that a set of plans shares, each parameter once per layout, reordered when it is first asked for and
/// again after an update. Not thread-safe by itself: `CompiledModel` calls it under its lock.
final class WeightStore {
  private var weights: [StoredWeight] = []
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

  /// Reloads every weight from new parameters of the same shapes.
  func replace(_ parameters: Parameters) throws {
    self.parameters = parameters
    for weight in weights { try load(weight) }
  }

  private func load(_ weight: StoredWeight) throws {
    guard let tensor = parameters.tensors[weight.key] else {
      throw NetworkError(
        node: weight.key.node, expected: "a parameter \(weight.key.role.rawValue)", found: "none")
    }
    try weight.load(tensor, stream: stream, engine: engine)
  }
}
