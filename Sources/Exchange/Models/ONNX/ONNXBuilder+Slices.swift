import Networks

/// Parts of images, and images made larger by zeros.
extension ONNXBuilder {
  mutating func slice(_ node: ONNXNode) throws -> ONNXValue {
    var tensor = try tensor(node)
    for slice in try ONNXFolding.slices(node, constants(node), of: extents(tensor)) {
      tensor = try sliced(tensor, slice, name(node))
    }
    return .tensor(tensor)
  }

  mutating func split(_ node: ONNXNode) throws -> [ONNXValue] {
    let tensor = try tensor(node)
    let extents = extents(tensor)
    let axis = try ONNXFolding.axis(node.integer("axis", 0), rank: extents.count)
    let count = node.outputs.count
    // Equal parts, the last one smaller where they do not come out even.
    let size = (extents[axis] + count - 1) / max(count, 1)
    let sizes =
      try ONNXFolding.integers(node, "split", constants(node), 1)
      ?? (0..<count).map { min(size, max(0, extents[axis] - $0 * size)) }
    guard sizes.count == count, sizes.allSatisfy({ $0 > 0 }), sizes.reduce(0, +) == extents[axis] else {
      throw ONNXFolding.Failure(expected: "parts of \(extents[axis])", found: "\(sizes)")
    }
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      let slice = ONNXFolding.Slice(axis: axis, start: start, step: 1, count: size)
      return .tensor(try sliced(tensor, slice, name(node)))
    }
  }

  /// One index of an axis, or neighbouring ones.
  mutating func gather(_ node: ONNXNode) throws -> ONNXValue {
    let (tensor, indices) = (try tensor(node), try constant(node, 1))
    let extents = extents(tensor)
    let axis = try ONNXFolding.axis(node.integer("axis", 0), rank: extents.count)
    let places = try ONNXFolding.whole(indices, "indices").map { $0 < 0 ? $0 + extents[axis] : $0 }
    guard let first = places.first, places == Array(first..<first + places.count), indices.extents.count <= 1,
      first >= 0, first + places.count <= extents[axis]
    else { throw ONNXFolding.Failure(expected: "neighbouring indices of an axis", found: "\(places.prefix(8))") }
    let part = try sliced(
      tensor, ONNXFolding.Slice(axis: axis, start: first, step: 1, count: places.count), name(node))
    guard indices.extents.isEmpty else { return .tensor(part) }
    let shape = try example(ONNXFolding.squeezed(self.extents(part), [axis]))
    return .tensor(ONNXReference(try reshaped(plain(part, name(node)), shape, name(node)), rank: shape.rank))
  }

  mutating func pad(_ node: ONNXNode) throws -> ONNXValue {
    var tensor = try tensor(node)
    let rank = tensor.axes.count + 1
    guard node.text("mode", "constant") == "constant" else {
      throw ONNXFolding.Failure(expected: "padding by zeros", found: "the mode \(node.text("mode", ""))")
    }
    let value = try optionalConstant(node, 2)?.uniform ?? node.float("value", 0)
    let axes = try optionalConstant(node, 3).map { try ONNXFolding.whole($0, "axes") } ?? Array(0..<rank)
    let pads = try node.integers("pads") ?? ONNXFolding.whole(try constant(node, 1), "pads")
    guard pads.count == 2 * axes.count else {
      throw ONNXFolding.Failure(expected: "two numbers for each of \(axes.count) axes", found: "\(pads)")
    }
    for (index, axis) in axes.enumerated() {
      let (before, after) = (pads[index], pads[index + axes.count])
      guard before != 0 || after != 0 else { continue }
      guard value == 0 else { throw ONNXFolding.Failure(expected: "padding by zeros", found: "by \(value)") }
      tensor = try padded(tensor, axis: axis, before, after, name(node))
    }
    return .tensor(tensor)
  }

  /// Zeros before and after an axis, or where a number is negative, elements taken away.
  private mutating func padded(
    _ tensor: ONNXReference, axis: Int, _ before: Int, _ after: Int, _ name: String
  ) throws -> ONNXReference {
    let axis = try networkAxes([axis], of: tensor)[0]
    return try rows(of: tensor, axis, name) { draft, image in
      var image = image
      if before < 0 || after < 0 {
        let edges = Edges(top: max(0, -before), bottom: max(0, -after), left: 0, right: 0)
        image = try draft.append(.cropping(edges), to: [image], named: name)
      }
      if before > 0 || after > 0 {
        let edges = Edges(top: max(0, before), bottom: max(0, after), left: 0, right: 0)
        image = try draft.append(.zeroPadding(edges), to: [image], named: name)
      }
      return image
    }
  }

  private mutating func sliced(
    _ tensor: ONNXReference, _ slice: ONNXFolding.Slice, _ name: String
  ) throws -> ONNXReference {
    let extent = extents(tensor)[slice.axis]
    guard slice.start != 0 || slice.step != 1 || slice.count != extent else { return tensor }
    let axis = try networkAxes([slice.axis], of: tensor)[0]
    guard slice.count > 0, slice.step > 0 else {
      throw ONNXFolding.Failure(
        expected: "elements of an axis in their order", found: "\(slice.count) in steps of \(slice.step)")
    }
    let end = slice.start + (slice.count - 1) * slice.step + 1
    return try rows(of: tensor, axis, name) { draft, image in
      let edges = Edges(top: slice.start, bottom: extent - end, left: 0, right: 0)
      let cropped = edges == Edges() ? image : try draft.append(.cropping(edges), to: [image], named: name)
      guard slice.step > 1 else { return cropped }
      // A window of one element is that element.
      let pooling = Pooling(
        .average(countsPadding: false), kernel: Extent(1), stride: Extent(slice.step, 1))
      return try draft.append(.pooling(pooling), to: [cropped], named: name)
    }
  }

  /// Applies an operation on the rows of images along any axis of a tensor, whose extent it may change.
  private mutating func rows(
    of tensor: ONNXReference, _ axis: Int, _ name: String,
    _ operation: (inout ONNXDraft, Int) throws -> Int
  ) throws -> ONNXReference {
    let extents = draft.shape(tensor.node).extents
    let (before, after) = (extents[..<axis].reduce(1, *), extents[(axis + 1)...].reduce(1, *))
    let image = try reshaped(tensor.node, [before, extents[axis], after], name)
    let changed = try operation(&draft, image)
    var target = extents
    target[axis] = draft.shape(changed)[1]
    return ONNXReference(try reshaped(changed, Shape(target), name), axes: tensor.axes)
  }
}
