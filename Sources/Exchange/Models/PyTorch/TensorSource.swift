import Networks

/// Where the scalars of one parameter come from.
enum TensorSource {
  /// An array, its axes in PyTorch's order or in the order stated.
  case array(StateDictionary.Entry, StoredAxes?)
  /// `1 / σ`: the scale of an input normalisation.
  case reciprocal(of: StateDictionary.Entry)
  /// `−μ / σ`: the shift of an input normalisation.
  case quotient(mean: StateDictionary.Entry, deviation: StateDictionary.Entry)
  /// Values that the network states: one for all channels, or one per channel.
  case stated([Float])

  /// The parameter in single precision.
  func read(_ specification: ParameterSpecification, of operation: Operation, file: String) throws -> Tensor<Float> {
    switch self {
    case .array(let entry, let axes):
      return try Self.array(entry, axes, specification, operation, file: file)
    case .reciprocal(let deviation):
      let divisors = try Self.divisors(deviation, file: file)
      return Self.spread(divisors.map { Float(1 / $0) }, over: specification.shape)
    case .quotient(let mean, let deviation):
      let divisors = try Self.divisors(deviation, file: file)
      let means = try mean.tensor.preciseScalars()
      return Self.spread(zip(means, divisors).map { Float(-$0 / $1) }, over: specification.shape)
    case .stated(let values):
      return Self.spread(values, over: specification.shape)
    }
  }

  /// One value for all channels, or one for each.
  private static func spread(_ values: [Float], over shape: Shape) -> Tensor<Float> {
    values.count == 1 ? Tensor(shape: shape, repeating: values[0]) : Tensor(shape: shape, scalars: values)
  }

  static func divisors(_ entry: StateDictionary.Entry, file: String) throws -> [Double] {
    let values = try entry.tensor.preciseScalars()
    guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ExchangeError(
        file: file, object: entry.tensor.path, expected: "standard deviations above 0", found: "\(values)")
    }
    return values
  }

  private static func array(
    _ entry: StateDictionary.Entry, _ axes: StoredAxes?, _ specification: ParameterSpecification,
    _ operation: Operation, file: String
  ) throws -> Tensor<Float> {
    let shape = specification.shape
    let stored = entry.tensor.shape
    let failure = ExchangeError(
      file: file, object: entry.tensor.path,
      expected: "\(specification.key) of shape \(shape)" + (axes.map { ", stored as \(String($0.letters))" } ?? ""),
      found: "the shape \(stored)")
    let permutation: [Int]
    if let axes {
      guard let stated = axes.permutation(to: operation, rank: stored.rank) else { throw failure }
      permutation = stated
    } else if entry.tensor.reversesAxes, stored.rank > 1 {
      permutation = stored.rank == 4 ? [0, 1, 3, 2] : (0..<stored.rank).reversed()
    } else {
      permutation = Array(0..<stored.rank)
    }
    let extents = permutation.map { stored[$0] }
    // Axes of extent 1 do not change the order of scalars: a dense layer is a 1×1 convolution.
    guard extents.filter({ $0 != 1 }) == shape.extents.filter({ $0 != 1 }) else { throw failure }
    let scalars = try entry.tensor.scalars()
    guard permutation != Array(0..<stored.rank) else { return Tensor(shape: shape, scalars: scalars) }
    return Tensor(shape: shape, scalars: transposed(scalars, stored.extents, permutation))
  }
}

/// Row-major scalars with their axes reordered: axis `i` of the result is axis `axes[i]` of the array.
func transposed(_ scalars: [Float], _ extents: [Int], _ axes: [Int]) -> [Float] {
  var strides = [Int](repeating: 1, count: extents.count)
  for axis in stride(from: extents.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * extents[axis + 1]
  }
  return scalars.withUnsafeBufferPointer { source in
    [Float](unsafeUninitializedCapacity: source.count) { result, initialized in
      var index = [Int](repeating: 0, count: axes.count)
      var position = 0
      for target in 0..<source.count {
        result[target] = source[position]
        // The next index, counted like an odometer.
        var axis = axes.count - 1
        while axis >= 0 {
          position += strides[axes[axis]]
          index[axis] += 1
          if index[axis] < extents[axes[axis]] { break }
          position -= index[axis] * strides[axes[axis]]
          index[axis] = 0
          axis -= 1
        }
      }
      initialized = source.count
    }
  }
}
