import Networks

extension NodeEvaluation {
  /// For every scalar of one example's output the offset of the input scalar it copies, or `nil` for a padding zero.
  func sources() -> [Int?] {
    let input = inputs[0].shape.example
    switch node.operation {
    case .flatten(let order): return enumeration(of: input, order: order)
    case .reshape(let payload):
      // The k-th scalar of the output's enumeration is the k-th of the input's.
      let from = enumeration(of: input, order: payload.order)
      var sources = [Int?](repeating: nil, count: from.count)
      for (k, place) in enumeration(of: payload.shape, order: payload.order).enumerated() { sources[place] = from[k] }
      return sources
    case .permute(let axes):
      return (0..<node.shape.count).map { offset in
        let index = multiIndex(of: offset, in: node.shape)
        var source = [Int](repeating: 0, count: axes.count)
        for (axis, sourceAxis) in axes.enumerated() { source[sourceAxis] = index[axis] }
        return self.offset(of: source, in: input)
      }
    case .zeroPadding(let edges): return shifted(input, rows: -edges.top, columns: -edges.left)
    case .cropping(let edges): return shifted(input, rows: edges.top, columns: edges.left)
    default: preconditionFailure("'\(node.operation.kindName)' does not only rearrange scalars")
    }
  }

  private func shifted(_ input: Shape, rows: Int, columns: Int) -> [Int?] {
    (0..<node.shape.count).map { offset in
      var index = multiIndex(of: offset, in: node.shape)
      index[1] += rows
      index[2] += columns
      let isInside = (0..<input[1]).contains(index[1]) && (0..<input[2]).contains(index[2])
      return isInside ? self.offset(of: index, in: input) : nil
    }
  }

  private func offset(of index: [Int], in shape: Shape) -> Int {
    zip(index, shape.extents).reduce(0) { $0 * $1.1 + $1.0 }
  }
}

/// The indices along every axis of the scalar at a row-major offset.
func multiIndex(of offset: Int, in shape: Shape) -> [Int] {
  var rest = offset
  var index = [Int](repeating: 0, count: shape.rank)
  for axis in (0..<shape.rank).reversed() {
    index[axis] = rest % shape[axis]
    rest /= shape[axis]
  }
  return index
}

/// The offsets of an example's scalars in the order given; shapes other than images have row-major order only.
func enumeration(of shape: Shape, order: AxisOrder) -> [Int] {
  guard order == .channelsLast, shape.rank == 3 else { return Array(0..<shape.count) }
  let (channels, area) = (shape[0], shape[1] * shape[2])
  return (0..<area).flatMap { place in (0..<channels).map { $0 * area + place } }
}

/// The batch of outputs whose scalars come from `sources`.
func gather(_ input: Tensor<Double>, _ sources: [Int?], to shape: Shape) -> Tensor<Double> {
  let x = input.scalars
  let size = input.exampleSize
  let scalars = (0..<input.exampleCount).flatMap { n in
    sources.map { source in source.map { x[n * size + $0] } ?? 0 }
  }
  return Tensor(shape: shape, scalars: scalars)
}

/// The gradient of `gather`: every scalar's cotangent added to where it came from.
func scatter(_ cotangent: Tensor<Double>, _ sources: [Int?], to shape: Shape) -> Tensor<Double> {
  let dy = cotangent.scalars
  let size = shape.example.count
  var dx = [Double](repeating: 0, count: shape.count)
  for n in 0..<shape[0] {
    for (place, source) in sources.enumerated() {
      guard let source else { continue }
      dx[n * size + source] += dy[n * sources.count + place]
    }
  }
  return Tensor(shape: shape, scalars: dx)
}

/// Batches joined along one axis of the example.
func concatenate(_ inputs: [Tensor<Double>], axis: Int, to shape: Shape) -> Tensor<Double> {
  var scalars: [Double] = []
  for outer in 0..<shape.extents[...axis].reduce(1, *) {
    for input in inputs {
      let run = input.shape.extents[(axis + 1)...].reduce(1, *)
      scalars += input.scalars[outer * run..<(outer + 1) * run]
    }
  }
  return Tensor(shape: shape, scalars: scalars)
}

/// The gradient of `concatenate`: the cotangent cut into the inputs' parts.
func split(_ cotangent: Tensor<Double>, axis: Int, to shapes: [Shape]) -> [Tensor<Double>] {
  let dy = cotangent.scalars
  var parts = shapes.map { _ in [Double]() }
  var start = 0
  for _ in 0..<cotangent.shape.extents[...axis].reduce(1, *) {
    for (part, shape) in shapes.enumerated() {
      let run = shape.extents[(axis + 1)...].reduce(1, *)
      parts[part] += dy[start..<start + run]
      start += run
    }
  }
  return zip(shapes, parts).map { Tensor(shape: $0, scalars: $1) }
}
