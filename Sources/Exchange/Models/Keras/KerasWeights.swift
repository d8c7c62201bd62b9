import Networks

/// How the scalars of a Keras variable are arranged in a parameter: with reordered axes, then reshaped.
struct KerasArrangement: Hashable, Sendable {
  /// The shape in Keras.
  let kerasShape: [Int]
  /// Axis `i` of the parameter is axis `axes[i]` of the variable, before the parameter takes its own shape.
  let axes: [Int]
  /// The shape of the parameter.
  let shape: Shape

  /// The shape of the parameter is by default the reordered one.
  init(_ kerasShape: [Int], axes: [Int]? = nil, shape: Shape? = nil) {
    let axes = axes ?? Array(kerasShape.indices)
    self.kerasShape = kerasShape
    self.axes = axes
    self.shape = shape ?? Shape(axes.map { kerasShape[$0] })
  }

  /// A kernel of rows, columns, inputs, outputs.
  static func kernel(rows: Int, columns: Int, inputs: Int, outputs: Int) -> KerasArrangement {
    KerasArrangement([rows, columns, inputs, outputs], axes: [3, 2, 0, 1])
  }

  /// A kernel whose every input channel has `multiplier` outputs of its own.
  static func depthwise(rows: Int, columns: Int, inputs: Int, multiplier: Int) -> KerasArrangement {
    KerasArrangement(
      [rows, columns, inputs, multiplier], axes: [2, 3, 0, 1], shape: [inputs * multiplier, 1, rows, columns])
  }

  func parameter(from variable: [Float]) -> Tensor<Float> {
    Tensor(shape: shape, scalars: transposed(variable, shape: kerasShape, axes: axes))
  }

  func variable(from parameter: Tensor<Float>) -> [Float] {
    var inverse = axes
    for (index, axis) in axes.enumerated() { inverse[axis] = index }
    return transposed(parameter.scalars, shape: axes.map { kerasShape[$0] }, axes: inverse)
  }
}

/// The scalars with their axes reordered: axis `i` of the result is axis `axes[i]` of `scalars`.
private func transposed(_ scalars: [Float], shape: [Int], axes: [Int]) -> [Float] {
  guard axes != Array(shape.indices), !scalars.isEmpty else { return scalars }
  var strides = Array(repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  let extents = axes.map { shape[$0] }
  let steps = axes.map { strides[$0] }
  let last = axes.count - 1
  return [Float](unsafeUninitializedCapacity: scalars.count) { output, initialized in
    scalars.withUnsafeBufferPointer { input in
      var position = Array(repeating: 0, count: axes.count)
      var start = 0
      for row in 0..<scalars.count / extents[last] {
        for column in 0..<extents[last] { output[row * extents[last] + column] = input[start + column * steps[last]] }
        // Increments the index of all axes but the last.
        for axis in (0..<last).reversed() {
          position[axis] += 1
          start += steps[axis]
          if position[axis] < extents[axis] { break }
          start -= extents[axis] * steps[axis]
          position[axis] = 0
        }
      }
    }
    initialized = scalars.count
  }
}

/// One variable of a Keras layer.
struct KerasVariable: Sendable {
  /// Its names in files of all generations of Keras.
  let names: [String]
  /// How it is arranged.
  let arrangement: KerasArrangement
  /// The parameters whose value it is: one for each call of the layer; none where only Keras uses it.
  var keys: [ParameterKey]

  init(_ name: String, arrangement: KerasArrangement, keys: [ParameterKey] = []) {
    self.init([name], arrangement: arrangement, keys: keys)
  }

  init(_ names: [String], arrangement: KerasArrangement, keys: [ParameterKey]) {
    self.names = names
    self.arrangement = arrangement
    self.keys = keys
  }

  /// Whether an optimiser changes it while its layer is not frozen; statistics are kept.
  var isTrained: Bool { !["moving_mean", "moving_variance", "mean", "variance", "count"].contains(names[0]) }

  /// A variable of one axis, which stays as it is.
  init(_ name: String, count: Int, key: ParameterKey) {
    self.init(name, arrangement: KerasArrangement([count]), keys: [key])
  }
}

/// The variables of a layer in Keras' order, and the parameters that they become.
struct KerasWeights: Sendable {
  var variables: [KerasVariable]
  /// For a `Normalization` layer: mean and variance, which become the scale and shift of these nodes.
  var moments: KerasMoments?

  init(_ variables: [KerasVariable] = [], moments: KerasMoments? = nil) {
    self.variables = variables
    self.moments = moments
  }

  /// Adds the parameters of a further call of the layer; false where the call has other shapes.
  mutating func merge(_ other: KerasWeights) -> Bool {
    guard variables.map(\.arrangement) == other.variables.map(\.arrangement), moments?.count == other.moments?.count
    else { return false }
    for index in variables.indices { variables[index].keys += other.variables[index].keys }
    moments?.nodes += other.moments?.nodes ?? []
    return true
  }

  /// The parameters that these values of the variables stand for.
  func parameters(from values: [[Float]]) -> [ParameterKey: Tensor<Float>] {
    var parameters: [ParameterKey: Tensor<Float>] = [:]
    for (variable, scalars) in zip(variables, values) where !variable.keys.isEmpty {
      let tensor = variable.arrangement.parameter(from: scalars)
      for key in variable.keys { parameters[key] = tensor }
    }
    if let moments, values.count >= 2 {
      parameters.merge(moments.parameters(mean: values[0], variance: values[1])) { $1 }
    }
    return parameters
  }
}

/// Turns mean and variance of a `Normalization` layer into an affine map per channel.
struct KerasMoments: Sendable {
  let count: Int
  let isInverted: Bool
  var nodes: [String]

  /// The least deviation by which Keras divides.
  private static let epsilon = 1e-7

  /// Scale and shift for mean and variance per channel, or for one of each.
  func affine(mean: [Double], variance: [Double]) -> (scale: [Double], shift: [Double]) {
    let deviations = variance.map { max($0.squareRoot(), Self.epsilon) }
    if isInverted { return (deviations, mean) }
    let shift = (0..<max(mean.count, deviations.count)).map { channel in
      -mean[mean.count == 1 ? 0 : min(channel, mean.count - 1)]
        / deviations[deviations.count == 1 ? 0 : min(channel, deviations.count - 1)]
    }
    return (deviations.map { 1 / $0 }, shift)
  }

  /// The parameters for the values of the variables.
  func parameters(mean: [Float], variance: [Float]) -> [ParameterKey: Tensor<Float>] {
    guard !mean.isEmpty, !variance.isEmpty else { return [:] }
    let (scale, shift) = affine(mean: mean.map(Double.init), variance: variance.map(Double.init))
    var parameters: [ParameterKey: Tensor<Float>] = [:]
    for (role, values) in [(ParameterRole.scale, scale), (.shift, shift)] {
      let scalars = (0..<count).map { Float(values[values.count == 1 ? 0 : $0]) }
      for node in nodes { parameters[ParameterKey(node, role)] = Tensor(shape: [count], scalars: scalars) }
    }
    return parameters
  }
}
