internal import COneDNN
internal import Networks

/// Operations that move scalars, join them or add them up.
extension PlanBuilder {
  /// A node that is a fixed linear map of one example, row-major. Its rows are made only where they fit into memory.
  func emit(_ index: Int, _ rows: @autoclosure () throws -> SparseRows) throws {
    let size = network.tableByteCount(of: index)
    // Small tables are not checked, because looking up the free memory takes time. While a map is made, its weights are
    // there in double precision too, which is no more than the map again.
    if size > 64 << 20 { try MemoryLimit.check(2 * size, for: "for an index table") }
    let map = SparseMap(try rows())
    let source = try plain(inputValue(index))
    let output = try plainValue(network.nodes[index].shape)
    let batch = batch
    emit(touching: [source.buffer, output.buffer]) { memory in
      map.apply(memory.floats(source.buffer), to: memory.floats(output.buffer), batch: batch)
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      let result = builder.newValue(source.layout)
      builder.emit(touching: [seed.buffer, result.buffer]) { memory in
        map.applyTranspose(memory.floats(seed.buffer), to: memory.floats(result.buffer), batch: batch)
      }
      builder.contribute(result, to: index)
    }
  }

  func emitFlatten(_ index: Int, _ order: AxisOrder) throws {
    guard order == .channelsLast, inputShape(index).rank == 3 else { return try emitAlias(index) }
    // The same scalars as those of the image with its channels innermost.
    let input = try TensorLayout([batch] + inputShape(index).extents, tag: dnnl_acdb)
    let output = try TensorLayout(plain: [batch] + network.nodes[index].shape.extents)
    values[index] = Value(buffer: try conform(inputValue(index), to: input).buffer, layout: output)
    pullbacks[index] = { builder, gradient in
      builder.contribute(Value(buffer: try builder.plain(gradient).buffer, layout: input), to: index)
    }
  }

  func emitReshape(_ index: Int, _ reshape: Reshape) throws {
    let input = inputShape(index)
    guard reshape.order == .channelsLast, input.rank == 3 || reshape.shape.rank == 3 else {
      return try emitAlias(index)
    }
    try emit(index, SparseRows(reshapingChannelsLast: input, to: reshape.shape))
  }

  /// The same row-major scalars under the node's shape.
  func emitAlias(_ index: Int) throws {
    let input = inputShape(index)
    values[index] = try reshaped(inputValue(index), to: network.nodes[index].shape)
    pullbacks[index] = { builder, gradient in
      builder.contribute(try builder.reshaped(gradient, to: input), to: index)
    }
  }

  func emitAdd(_ index: Int) throws {
    var sum = try inputValue(index)
    let (rectifier, last) = (fusedActivations[index], network.nodes[index].inputs.count - 1)
    for position in network.nodes[index].inputs.indices.dropFirst() {
      let term = try conform(inputValue(index, position), to: sum.layout)
      sum = try emitSum(sum, term, rectifier: position == last ? rectifier : nil)
    }
    finish(index, with: rectifier, output: sum) { builder, gradient in
      for position in builder.network.nodes[index].inputs.indices where builder.needsInputGradient(index, position) {
        builder.contribute(gradient, to: index, position)
      }
    }
  }

  func emitConcatenate(_ index: Int, axis: Int) throws {
    let node = network.nodes[index]
    let sources = try node.inputs.indices.map { try plain(inputValue(index, $0)) }
    let output = try plainValue(node.shape)
    // Row-major, an example is `outer` rows; each input fills a range of every row.
    let outer = batch * node.shape.extents[..<axis].reduce(1, *)
    let widths = node.inputs.map { network.nodes[$0].shape.count * batch / outer }
    let row = widths.reduce(0, +)
    let starts = widths.indices.map { widths[..<$0].reduce(0, +) }
    emit(touching: sources.map(\.buffer) + [output.buffer]) { memory in
      let to = memory.floats(output.buffer)
      for (position, source) in sources.enumerated() {
        let from = memory.floats(source.buffer)
        for line in 0..<outer {
          (to + line * row + starts[position]).update(from: from + line * widths[position], count: widths[position])
        }
      }
    }
    values[index] = output
    pullbacks[index] = { builder, gradient in
      let seed = try builder.plain(gradient)
      for position in sources.indices where builder.needsInputGradient(index, position) {
        let result = builder.newValue(sources[position].layout)
        let (start, width) = (starts[position], widths[position])
        builder.emit(touching: [seed.buffer, result.buffer]) { memory in
          let (from, to) = (memory.floats(seed.buffer), memory.floats(result.buffer))
          for line in 0..<outer { (to + line * width).update(from: from + line * row + start, count: width) }
        }
        builder.contribute(result, to: index, position)
      }
    }
  }
}
