import Networks

extension ONNXFolding {
  static func unary(
    _ inputs: [ONNXConstant?], _ real: (Float) -> Float, _ whole: ((Int) throws -> Int)? = nil
  ) throws -> ONNXConstant {
    var result = try first(inputs)
    switch result.values {
    case .floats(let values): result.values = .floats(values.map(real))
    case .integers(let values):
      guard let whole else { throw Failure(expected: "real numbers", found: "whole ones") }
      result.values = .integers(try values.map(whole))
    }
    return result
  }

  static func binary(
    _ inputs: [ONNXConstant?], _ real: (Float, Float) -> Float, _ whole: (Int, Int) throws -> Int
  ) throws -> ONNXConstant {
    let (a, b) = try pair(inputs)
    switch (a.values, b.values) {
    case (.floats(let x), .floats(let y)): return ONNXConstant(extents: a.extents, values: .floats(zip(x, y).map(real)))
    case (.integers(let x), .integers(let y)):
      return ONNXConstant(extents: a.extents, values: .integers(try zip(x, y).map { try whole($0, $1) }))
    case (.floats, .integers), (.integers, .floats):
      throw Failure(expected: "numbers of one type", found: "real and whole ones")
    }
  }

  /// An operator of two or more inputs.
  static func fold(
    _ inputs: [ONNXConstant?], _ real: (Float, Float) -> Float, _ whole: (Int, Int) -> Int
  ) throws -> ONNXConstant {
    try inputs.dropFirst().reduce(first(inputs)) { try binary([$0, $1], real, whole) }
  }

  static func compare(
    _ inputs: [ONNXConstant?], _ real: (Float, Float) -> Bool, _ whole: (Int, Int) -> Bool
  ) throws -> ONNXConstant {
    let (a, b) = try pair(inputs)
    let truths =
      if let x = a.integers, let y = b.integers { zip(x, y).map { whole($0, $1) } } else {
        zip(a.floats, b.floats).map { real($0, $1) }
      }
    return ONNXConstant(extents: a.extents, values: .integers(truths.map { $0 ? 1 : 0 }))
  }

  static func select(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant {
    let (a, b) = try pair([try at(inputs, 1), try at(inputs, 2)])
    guard let condition = try first(inputs).broadcast(to: a.extents)?.integers else {
      throw Failure(expected: "one condition for each number", found: "the extents \(try first(inputs).extents)")
    }
    let indices = condition.indices.map { condition[$0] != 0 ? $0 : $0 + condition.count }
    return try concatenated([a, b].map { ONNXConstant(extents: [$0.count], values: $0.values) }, axis: 0)
      .gathering(indices, extents: a.extents)
  }

  static func modulo(_ a: Int, _ b: Int) throws -> Int {
    let remainder = a.remainderReportingOverflow(dividingBy: b)
    guard !remainder.overflow else { throw Failure(expected: "a divisor other than 0", found: "\(b)") }
    // The sign of the divisor.
    return remainder.partialValue != 0 && (remainder.partialValue < 0) != (b < 0)
      ? remainder.partialValue + b : remainder.partialValue
  }

  static func power(_ base: Int, _ exponent: Int) throws -> Int {
    guard (0...62).contains(exponent) else { throw Failure(expected: "an exponent of 0 to 62", found: "\(exponent)") }
    return try (0..<exponent).reduce(1) { product, _ in try checked(product.multipliedReportingOverflow(by: base)) }
  }

  static func reduce(
    _ node: ONNXNode, _ inputs: [ONNXConstant?], _ start: Int, _ real: (Float, Float) -> Float,
    _ whole: (Int, Int) throws -> Int
  ) throws -> ONNXConstant {
    let constant = try first(inputs)
    let axes = try integers(node, "axes", inputs, 1).map { try $0.map { try axis($0, rank: constant.extents.count) } }
    // Over all axes: what shapes need.
    guard Set(axes ?? Array(constant.extents.indices)) == Set(constant.extents.indices) else {
      throw Failure(expected: "all axes of a constant", found: "\(axes ?? [])")
    }
    let extents = node.integer("keepdims", 1) == 0 ? [] : constant.extents.map { _ in 1 }
    switch constant.values {
    case .floats(let values):
      return ONNXConstant(extents: extents, values: .floats([values.reduce(Float(start), real)]))
    case .integers(let values):
      return ONNXConstant(extents: extents, values: .integers([try values.reduce(start, whole)]))
    }
  }

  /// The first two inputs, repeated to fit each other.
  private static func pair(_ inputs: [ONNXConstant?]) throws -> (ONNXConstant, ONNXConstant) {
    let (a, b) = (try first(inputs), try at(inputs, 1))
    guard let extents = broadcastExtents(a.extents, b.extents), let x = a.broadcast(to: extents),
      let y = b.broadcast(to: extents)
    else { throw Failure(expected: "extents that fit \(a.extents)", found: "\(b.extents)") }
    return (x, y)
  }
}
