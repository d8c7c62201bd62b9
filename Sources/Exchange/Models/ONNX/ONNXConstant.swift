import Networks

/// A value of a graph that does not depend on the images: numbers in row-major order.
struct ONNXConstant: Equatable {
  /// Real numbers in single precision, in which networks are computed, or whole numbers; truth values are 0 and 1.
  enum Values: Equatable {
    case floats([Float])
    case integers([Int])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  /// The most numbers of a constant that is computed: more than the largest weights of usual networks.
  static let countLimit = 1 << 26

  var extents: [Int]
  var values: Values

  init(extents: [Int], values: Values) {
    self.extents = extents
    self.values = values
  }

  /// A row of whole numbers.
  init(_ integers: [Int]) { self.init(extents: [integers.count], values: .integers(integers)) }

  init(scalar: Float) { self.init(extents: [], values: .floats([scalar])) }

  var count: Int { values.count }

  /// Whether products of the extents fit a whole number, also those of some of them where another is 0.
  var hasUsableExtents: Bool {
    guard extents.count <= 64, extents.allSatisfy({ $0 >= 0 }) else { return false }
    return Shape(extents.map { max($0, 1) }).checkedCount.map { $0 <= 1 << 40 } ?? false
  }

  /// The numbers as real ones.
  var floats: [Float] {
    switch values {
    case .floats(let values): values
    case .integers(let values): values.map { Float($0) }
    }
  }

  /// The numbers where they are whole ones; nil for others.
  var integers: [Int]? {
    if case .integers(let values) = values { values } else { nil }
  }

  /// The only number, as all of its copies; nil where there are several.
  var uniform: Float? {
    let floats = floats
    guard let first = floats.first, floats.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// Every number times another, as real ones.
  func multiplied(by factor: Float) -> ONNXConstant {
    ONNXConstant(extents: extents, values: .floats(floats.map { $0 * factor }))
  }

  /// The same numbers at other places: element `i` of the result is element `source(i)`.
  func gathering(_ indices: [Int], extents: [Int]) -> ONNXConstant {
    let values: Values =
      switch values {
      case .floats(let values): .floats(indices.map { values[$0] })
      case .integers(let values): .integers(indices.map { values[$0] })
      }
    return ONNXConstant(extents: extents, values: values)
  }

  /// The numbers repeated along axes, as in NumPy; nil where the extents do not allow it.
  func broadcast(to target: [Int]) -> ONNXConstant? {
    if extents == target { return self }
    guard extents.count <= target.count, let count = Shape(target).checkedCount, count <= Self.countLimit else {
      return nil
    }
    let padded = [Int](repeating: 1, count: target.count - extents.count) + extents
    guard zip(padded, target).allSatisfy({ $0 == $1 || $0 == 1 }) else { return nil }
    let own = Self.strides(padded)
    let strides = zip(padded, own).map { $0 == 1 ? 0 : $1 }
    return gathering(Self.positions(target, strides: strides), extents: target)
  }

  /// The axes in another order: axis `i` of the result is axis `axes[i]`.
  func transposed(_ axes: [Int]) -> ONNXConstant {
    let strides = Self.strides(extents)
    let target = axes.map { extents[$0] }
    return gathering(Self.positions(target, strides: axes.map { strides[$0] }), extents: target)
  }

  /// The elements of every `step`-th index from `start` on along an axis.
  func sliced(_ axis: Int, start: Int, step: Int, count: Int) -> ONNXConstant {
    var target = extents
    target[axis] = count
    var strides = Self.strides(extents)
    let offset = start * strides[axis]
    strides[axis] *= step
    return gathering(Self.positions(target, strides: strides, offset: offset), extents: target)
  }

  /// How far apart neighbours along each axis are.
  static func strides(_ extents: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in stride(from: extents.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// Where the elements of an array are, in its row-major order.
  static func positions(_ extents: [Int], strides: [Int], offset: Int = 0) -> [Int] {
    guard !extents.contains(0) else { return [] }
    var positions = [offset]
    for (extent, stride) in zip(extents, strides) {
      positions = positions.flatMap { position in (0..<extent).map { position + $0 * stride } }
    }
    return positions
  }
}

/// The extents of two arrays that are repeated to fit each other, as in NumPy; nil where they do not.
func broadcastExtents(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  let padded = [a, b].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
  var extents: [Int] = []
  for (x, y) in zip(padded[0], padded[1]) {
    guard x == y || x == 1 || y == 1 else { return nil }
    extents.append(x == 1 ? y : x)
  }
  return extents
}
