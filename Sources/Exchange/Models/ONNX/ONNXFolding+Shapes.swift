import Networks

extension ONNXFolding {
  static func constantOfShape(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let extents = try whole(try first(inputs), "extents")
    let value =
      try node.attributes["value"]?.tensor?.constant(file: "") ?? ONNXConstant(extents: [1], values: .floats([0]))
    guard let result = ONNXConstant(extents: [], values: value.values).broadcast(to: extents) else {
      throw Failure(expected: "extents of at most \(ONNXConstant.countLimit) numbers", found: "\(extents)")
    }
    return result
  }

  static func expand(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let (constant, target) = (try first(inputs), try whole(try at(inputs, 1), "extents"))
    guard let extents = broadcastExtents(constant.extents, target), let result = constant.broadcast(to: extents) else {
      throw Failure(expected: "extents that fit \(constant.extents)", found: "\(target)")
    }
    return result
  }

  static func range(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let numbers = try (0..<3).map { try whole(try at(inputs, $0), "bounds").first ?? 0 }
    guard numbers[2] != 0, numbers.allSatisfy({ (-(1 << 20)...(1 << 20)).contains($0) }) else {
      throw Failure(expected: "bounds and a step other than 0", found: "\(numbers)")
    }
    return ONNXConstant(Array(stride(from: numbers[0], to: numbers[1], by: numbers[2])))
  }

  static func gather(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let (constant, indices) = (try first(inputs), try at(inputs, 1))
    let axis = try axis(node.integer("axis", 0), rank: constant.extents.count)
    guard constant.extents.indices.contains(axis) else { throw Failure(expected: "an array", found: "one number") }
    let extent = constant.extents[axis]
    let parts = try whole(indices, "indices").map { index in
      guard (-extent..<extent).contains(index) else {
        throw Failure(expected: "an index of \(extent)", found: "\(index)")
      }
      return constant.sliced(axis, start: index < 0 ? index + extent : index, step: 1, count: 1)
    }
    var result = try concatenated(parts, axis: axis)
    result.extents.replaceSubrange(axis...axis, with: indices.extents)
    return result
  }

  static func concatenate(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let constants = inputs.compactMap(\.self)
    return try concatenated(constants, axis: axis(node.integer("axis", 1), rank: constants.first?.extents.count ?? 0))
  }

  /// Arrays joined along an axis.
  static func concatenated(_ parts: [ONNXConstant], axis: Int) throws -> ONNXConstant {
    guard var extents = parts.first?.extents, extents.indices.contains(axis) else {
      throw Failure(expected: "arrays with an axis \(axis)", found: "\(parts.first?.extents ?? [])")
    }
    extents[axis] = 0
    for part in parts {
      var others = part.extents
      guard others.count == extents.count else { throw Failure(expected: "arrays of one rank", found: "others") }
      extents[axis] += others[axis]
      others[axis] = extents[axis]
      guard others == extents else { throw Failure(expected: "extents \(extents)", found: "\(part.extents)") }
    }
    // Blocks of each array in turn, as often as the axes before have elements.
    let blocks = extents[..<axis].reduce(1, *)
    let isWhole = parts.allSatisfy { $0.integers != nil }
    func joined<Number>(_ values: [[Number]]) -> [Number] {
      (0..<blocks).flatMap { block in
        values.flatMap { numbers in
          let size = numbers.count / max(blocks, 1)
          return numbers[block * size..<(block + 1) * size]
        }
      }
    }
    return ONNXConstant(
      extents: extents,
      values: isWhole ? .integers(joined(parts.map { $0.integers ?? [] })) : .floats(joined(parts.map(\.floats))))
  }

  static func reshape(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    var result = try first(inputs)
    result.extents = try reshaped(
      result.extents, to: try whole(try at(inputs, 1), "extents"), allowsZero: node.integer("allowzero", 0) == 1)
    return result
  }

  /// The extents that a `Reshape` asks for: −1 stands for what is left, 0 for the extent that is there.
  static func reshaped(_ extents: [Int], to target: [Int], allowsZero: Bool) throws -> [Int] {
    let failure = Failure(expected: "extents of as many numbers as \(Shape(extents)) has", found: "\(target)")
    var result = target
    for (axis, extent) in target.enumerated() where extent == 0 && !allowsZero {
      guard extents.indices.contains(axis) else { throw failure }
      result[axis] = extents[axis]
    }
    guard result.allSatisfy({ $0 >= -1 }), let count = Shape(extents).checkedCount else { throw failure }
    let open = result.indices.filter { result[$0] == -1 }
    if open.count == 1 {
      let others = Shape(result.filter { $0 != -1 })
      guard let known = others.checkedCount, known > 0, count.isMultiple(of: known) else { throw failure }
      result[open[0]] = count / known
    }
    guard open.count <= 1, Shape(result).checkedCount == count else { throw failure }
    return result
  }

  static func flatten(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    var result = try first(inputs)
    let axis = node.integer("axis", 1)
    let rank = result.extents.count
    guard (-rank...rank).contains(axis) else { throw Failure(expected: "an axis of \(rank)", found: "\(axis)") }
    let split = axis < 0 ? axis + rank : axis
    result.extents = [result.extents[..<split].reduce(1, *), result.extents[split...].reduce(1, *)]
    return result
  }

  static func transpose(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let constant = try first(inputs)
    let axes = node.integers("perm") ?? constant.extents.indices.reversed()
    guard axes.sorted() == Array(constant.extents.indices) else {
      throw Failure(expected: "each axis of \(constant.extents) once", found: "\(axes)")
    }
    return constant.transposed(axes)
  }

  static func squeeze(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    var result = try first(inputs)
    result.extents = try squeezed(result.extents, try integers(node, "axes", inputs, 1))
    return result
  }

  /// Extents without axes of extent 1: those named, or all.
  static func squeezed(_ extents: [Int], _ named: [Int]?) throws -> [Int] {
    let axes = try named?.map { try axis($0, rank: extents.count) } ?? extents.indices.filter { extents[$0] == 1 }
    guard axes.allSatisfy({ extents.indices.contains($0) && extents[$0] == 1 }) else {
      throw Failure(expected: "axes of extent 1 in \(extents)", found: "\(axes)")
    }
    return extents.indices.filter { !axes.contains($0) }.map { extents[$0] }
  }

  static func unsqueeze(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    var result = try first(inputs)
    result.extents = try unsqueezed(result.extents, try integers(node, "axes", inputs, 1) ?? [])
    return result
  }

  /// Extents with axes of extent 1 at places in the result.
  static func unsqueezed(_ extents: [Int], _ named: [Int]) throws -> [Int] {
    let rank = extents.count + named.count
    let axes = Set(try named.map { try axis($0, rank: rank) })
    guard axes.count == named.count, rank <= 64 else { throw Failure(expected: "axes that differ", found: "\(named)") }
    var rest = extents.makeIterator()
    return (0..<rank).map { axes.contains($0) ? 1 : rest.next() ?? 1 }
  }

  static func slice(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    try slices(node, inputs, of: try first(inputs).extents).reduce(try first(inputs)) { constant, slice in
      constant.sliced(slice.axis, start: slice.start, step: slice.step, count: slice.count)
    }
  }

  /// Elements of one axis.
  struct Slice {
    let axis: Int
    let start: Int
    let step: Int
    let count: Int
  }

  /// What a `Slice` takes of each axis.
  static func slices(_ node: ONNXNode, _ inputs: [ONNXConstant?], of extents: [Int]) throws -> [Slice] {
    guard let starts = try integers(node, "starts", inputs, 1), let ends = try integers(node, "ends", inputs, 2),
      starts.count == ends.count
    else { throw Failure(expected: "as many starts as ends", found: "others") }
    let axes = try integers(node, "axes", inputs, 3) ?? Array(starts.indices)
    let steps = try integers(node, "steps", inputs, 4) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count, steps.allSatisfy({ $0 != 0 && $0 != .min }) else {
      throw Failure(expected: "an axis and a step other than 0 for each start", found: "\(axes), \(steps)")
    }
    return try starts.indices.map { index in
      let axis = try axis(axes[index], rank: extents.count)
      guard extents.indices.contains(axis) else { throw Failure(expected: "an array", found: "one number") }
      return slice(extents[axis], axis, starts[index], ends[index], steps[index])
    }
  }

  /// As in Python: negative positions count from the end, positions beyond it are moved to it.
  private static func slice(_ extent: Int, _ axis: Int, _ start: Int, _ end: Int, _ step: Int) -> Slice {
    func clamped(_ position: Int, _ bounds: ClosedRange<Int>) -> Int {
      min(
        max(position < 0 ? position.addingReportingOverflow(extent).partialValue : position, bounds.lowerBound),
        bounds.upperBound)
    }
    let bounds = step > 0 ? 0...extent : -1...(extent - 1)
    // The end of a slice backwards may lie before the first element, which no negative position says.
    let (first, last) = (clamped(start, bounds), end < -extent ? bounds.lowerBound : clamped(end, bounds))
    let length = step > 0 ? last - first : first - last
    return Slice(axis: axis, start: first, step: step, count: length <= 0 ? 0 : (length - 1) / abs(step) + 1)
  }

  static func tile(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let constant = try first(inputs)
    let repeats = try whole(try at(inputs, 1), "repeats")
    guard repeats.count == constant.extents.count, repeats.allSatisfy({ (0...(1 << 20)).contains($0) }) else {
      throw Failure(expected: "a number of repeats for each axis", found: "\(repeats)")
    }
    return try repeats.enumerated().reduce(constant) { result, element in
      let (count, overflow) = result.count.multipliedReportingOverflow(by: element.element)
      guard !overflow, count <= ONNXConstant.countLimit else {
        throw Failure(expected: "at most \(ONNXConstant.countLimit) numbers", found: "\(repeats) repeats")
      }
      guard element.element > 0 else {
        return ONNXConstant(extents: result.extents.map { _ in 0 }, values: .integers([]))
      }
      return try concatenated([ONNXConstant](repeating: result, count: element.element), axis: element.offset)
    }
  }

  static func whole(_ constant: ONNXConstant, _ what: String) throws -> [Int] {
    guard let integers = constant.integers else { throw Failure(expected: "whole numbers as \(what)", found: "others") }
    return integers
  }
}
