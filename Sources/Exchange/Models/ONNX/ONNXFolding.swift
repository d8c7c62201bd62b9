import Glibc
import Networks

/// Operators on constants: what exporters write to compute shapes, paddings, and forms of weights.
enum ONNXFolding {
  /// Computes the output of a node from its inputs, nil for those that are left out.
  typealias Operator = @Sendable (ONNXNode, [ONNXConstant?]) throws -> ONNXConstant

  /// The operators that are computed where all of their inputs are constants.
  static let operators: [String: Operator] = [
    "Identity": { _, inputs in try first(inputs) },
    "Dropout": { _, inputs in try first(inputs) },
    "Cast": { node, inputs in try cast(first(inputs), to: node.integer("to", 0)) },
    "CastLike": { _, inputs in try castLike(first(inputs), try at(inputs, 1)) },
    "Shape": { node, inputs in shape(of: try first(inputs).extents, node) },
    "Size": { _, inputs in ONNXConstant(extents: [], values: .integers([try first(inputs).count])) },
    "ConstantOfShape": constantOfShape, "Expand": expand, "Range": range, "Where": select, "Gather": gather,
    "Add": { _, inputs in try binary(inputs, +) { try checked($0.addingReportingOverflow($1)) } },
    "Sub": { _, inputs in try binary(inputs, -) { try checked($0.subtractingReportingOverflow($1)) } },
    "Mul": { _, inputs in try binary(inputs, *) { try checked($0.multipliedReportingOverflow(by: $1)) } },
    "Div": { _, inputs in try binary(inputs, /) { try checked($0.dividedReportingOverflow(by: $1)) } },
    "Mod": { _, inputs in try binary(inputs, { $0 - $1 * ($0 / $1).rounded(.down) }, modulo) },
    "Pow": { _, inputs in try binary(inputs, { powf($0, $1) }, power) },
    "Min": { _, inputs in try fold(inputs, { Swift.min($0, $1) }, { Swift.min($0, $1) }) },
    "Max": { _, inputs in try fold(inputs, { Swift.max($0, $1) }, { Swift.max($0, $1) }) },
    "Equal": { _, inputs in try compare(inputs, ==, ==) },
    "Greater": { _, inputs in try compare(inputs, >, >) },
    "GreaterOrEqual": { _, inputs in try compare(inputs, >=, >=) },
    "Less": { _, inputs in try compare(inputs, <, <) },
    "LessOrEqual": { _, inputs in try compare(inputs, <=, <=) },
    "And": { _, inputs in try compare(inputs, { $0 != 0 && $1 != 0 }, { $0 != 0 && $1 != 0 }) },
    "Or": { _, inputs in try compare(inputs, { $0 != 0 || $1 != 0 }, { $0 != 0 || $1 != 0 }) },
    "Not": { _, inputs in try unary(inputs, { $0 == 0 ? 1 : 0 }, { $0 == 0 ? 1 : 0 }) },
    "Neg": { _, inputs in try unary(inputs, -, { try checked((0).subtractingReportingOverflow($0)) }) },
    "Abs": { _, inputs in try unary(inputs, abs, { $0 == .min ? .max : abs($0) }) },
    "Sqrt": { _, inputs in try unary(inputs) { $0.squareRoot() } },
    "Reciprocal": { _, inputs in try unary(inputs) { 1 / $0 } },
    "Exp": { _, inputs in try unary(inputs) { expf($0) } },
    "Log": { _, inputs in try unary(inputs) { logf($0) } },
    "Floor": { _, inputs in try unary(inputs) { $0.rounded(.down) } },
    "Ceil": { _, inputs in try unary(inputs) { $0.rounded(.up) } },
    "ReduceProd": { node, inputs in
      try reduce(node, inputs, 1, *) { try checked($0.multipliedReportingOverflow(by: $1)) }
    },
    "ReduceSum": { node, inputs in try reduce(node, inputs, 0, +) { try checked($0.addingReportingOverflow($1)) } },
    "Concat": concatenate, "Reshape": reshape, "Flatten": flatten, "Transpose": transpose, "Slice": slice,
    "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Tile": tile,
  ]

  /// Something about the constants that does not fit the operator.
  struct Failure: Error {
    let expected: String
    let found: String
  }

  static func at(_ inputs: [ONNXConstant?], _ index: Int) throws -> ONNXConstant {
    guard inputs.indices.contains(index), let constant = inputs[index] else {
      throw Failure(expected: "an input \(index + 1)", found: "none")
    }
    return constant
  }

  static func first(_ inputs: [ONNXConstant?]) throws -> ONNXConstant { try at(inputs, 0) }

  /// An input of whole numbers, or an attribute, as axes are in earlier versions; nil where there is neither.
  static func integers(_ node: ONNXNode, _ name: String, _ inputs: [ONNXConstant?], _ index: Int) throws -> [Int]? {
    if inputs.indices.contains(index), let constant = inputs[index] {
      guard let integers = constant.integers else {
        throw Failure(expected: "whole numbers as \(name)", found: "others")
      }
      return integers
    }
    return node.integers(name)
  }

  static func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
    guard !result.overflow else { throw Failure(expected: "whole numbers of 64 bits", found: "an overflow") }
    return result.partialValue
  }

  /// An axis counted from the front.
  static func axis(_ axis: Int, rank: Int) throws -> Int {
    guard (-rank..<max(rank, 1)).contains(axis) else {
      throw Failure(expected: "an axis of \(rank)", found: "\(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// The extents of a value, of which attributes of later versions ask for a part.
  static func shape(of extents: [Int], _ node: ONNXNode) -> ONNXConstant {
    func clamped(_ position: Int) -> Int {
      min(max(position < 0 ? position + extents.count : position, 0), extents.count)
    }
    let (start, end) = (clamped(node.integer("start", 0)), clamped(node.integer("end", extents.count)))
    return ONNXConstant(Array(extents[start..<max(start, end)]))
  }

  private static func cast(_ constant: ONNXConstant, to type: Int) throws -> ONNXConstant {
    guard let element = ONNXTensor.types[type]?.element else {
      throw Failure(expected: "a type of numbers", found: ONNXTensor.typeName(type))
    }
    var result = constant
    switch (constant.values, element) {
    case (.floats(let values), .bool): result.values = .integers(values.map { $0 == 0 ? 0 : 1 })
    case (.integers(let values), .bool): result.values = .integers(values.map { $0 == 0 ? 0 : 1 })
    case (.floats(let values), .float16): result.values = .floats(values.map { Float(Float16($0)) })
    case (.floats, _) where element.isFloatingPoint: break
    case (.integers(let values), _) where element.isFloatingPoint: result.values = .floats(values.map { Float($0) })
    case (.floats(let values), _):
      result.values = .integers(
        try values.map { value in
          guard let integer = Int(exactly: value.rounded(.towardZero)) else {
            throw Failure(expected: "a number that a whole one can hold", found: "\(value)")
          }
          return integer
        })
    case (.integers, _): break
    }
    return result
  }

  private static func castLike(_ constant: ONNXConstant, _ other: ONNXConstant) throws -> ONNXConstant {
    try cast(constant, to: other.integers == nil ? 1 : 7)
  }
}
