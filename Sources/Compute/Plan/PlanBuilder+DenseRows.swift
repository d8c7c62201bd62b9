internal import Networks

/// Dense layers of plans whose number of examples is none at which oneDNN's sums have the one order
/// (`Processor.denseRows`): there are rows of zeros beyond the examples.
extension PlanBuilder {
  func emitDense(_ index: Int, _ dense: Dense) throws {
    // A training pass has its own sizes, which depend on the mini-batch alone.
    let rows = purpose == .training ? batch : Processor.denseRows(of: batch)
    let kernel = InnerProductKernel(dense, batch: rows, inputs: inputShape(index).count)
    guard rows > batch else { return try emitWeighted(index, kernel, source: inputValue(index)) }
    try emitWeighted(index, kernel, source: withRows(rows, plain(inputValue(index))))
    let last = fusedActivations[index] ?? index
    values[last] = try withoutRows(value(last))
    let pullback = pullbacks[last]
    pullbacks[last] = { builder, gradient in
      try pullback?(builder, builder.withRows(rows, builder.plain(gradient)))
    }
  }

  /// A row-major matrix with rows of zeros below.
  private func withRows(_ rows: Int, _ value: Value) throws -> Value {
    let width = value.layout.extents[1]
    let result = newValue(try TensorLayout(plain: [rows, width]))
    let (count, all) = (batch * width, rows * width)
    emit(touching: [value.buffer, result.buffer]) { memory in
      let to = memory.floats(result.buffer)
      to.update(from: memory.floats(value.buffer), count: count)
      (to + count).update(repeating: 0, count: all - count)
    }
    return result
  }

  /// The examples' rows alone.
  func withoutRows(_ value: Value) throws -> Value {
    var extents = value.layout.extents
    guard extents[0] > batch else { return value }
    extents[0] = batch
    return Value(buffer: try plain(value).buffer, layout: try TensorLayout(plain: extents))
  }
}
