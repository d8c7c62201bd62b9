extension Network {
  /// A node as an affine operation in inference mode; nil where it is none.
  ///
  /// - Parameters:
  ///   - index: The node.
  ///   - parameters: The network's parameters.
  /// - Returns: Its maps, one for each input, and constants.
  /// - Throws: `NetworkError` where a parameter is missing or the map is too large.
  public func affineOperation(of index: Int, _ parameters: Parameters) throws(NetworkError) -> AffineOperation? {
    let node = nodes[index]
    let inputs = inputShapes(of: index)
    func tensor(_ role: ParameterRole) throws(NetworkError) -> Tensor<Float> {
      guard let tensor = parameters[node.name, role] else {
        throw NetworkError(node: node.name, expected: "a \(role.rawValue)", found: "none")
      }
      return tensor
    }
    func operation(_ form: LinearMap.Form, relativeError: Double = 0) -> AffineOperation {
      let bias = parameters[node.name, .bias].map { node.shape.repeating($0.scalars.map(Double.init)) }
      return AffineOperation(
        [LinearMap(form, from: inputs[0], to: node.shape, relativeError: relativeError)], constants: bias)
    }
    switch node.operation {
    case .input, .activation, .parametricReLU, .softmax, .logSoftmax, .layerNormalization, .groupNormalization,
      .multiply:
      return nil
    case .convolution(let payload): return operation(.convolution(payload, weight: try tensor(.weight)))
    case .transposedConvolution(let payload):
      return operation(.transposedConvolution(payload, weight: try tensor(.weight)))
    case .dense: return operation(.dense(weight: try tensor(.weight)))
    case .pooling(let payload):
      guard payload.kind != .max else { return nil }
      return operation(
        .sparse(try SparseRows(averaging: payload, image: inputs[0], output: node.shape)), relativeError: .roundoff)
    case .globalPooling(let payload):
      guard payload.kind != .max else { return nil }
      return operation(.sparse(try SparseRows(averagingChannelsOf: inputs[0])), relativeError: .roundoff)
    case .flatten(let order):
      return operation(try rearrangement(of: inputs[0], to: node.shape, order: order))
    case .reshape(let payload):
      return operation(try rearrangement(of: inputs[0], to: payload.shape, order: payload.order))
    case .permute(let axes): return operation(.sparse(try SparseRows(permuting: inputs[0], axes: axes)))
    case .zeroPadding(let edges): return operation(.sparse(try SparseRows(padding: inputs[0], by: edges)))
    case .cropping(let edges): return operation(.sparse(try SparseRows(cropping: inputs[0], by: edges)))
    case .upsampling(let payload):
      return operation(
        .sparse(try SparseRows(upsampling: inputs[0], payload)), relativeError: payload.relativeError(for: inputs[0]))
    case .batchNormalization(let payload): return try normalization(payload, of: index, parameters)
    case .affine:
      let scale = try tensor(.scale).scalars.map(Double.init)
      let shift = parameters[node.name, .shift]?.scalars.map(Double.init)
      return AffineOperation(
        [LinearMap(.diagonal(node.shape.repeating(scale)), from: inputs[0], to: node.shape)],
        constants: shift.map { node.shape.repeating($0) })
    case .dropout: return operation(.identity)
    case .add: return AffineOperation(inputs.map { LinearMap(.identity, from: $0, to: node.shape) })
    case .concatenate(let axis): return try concatenation(of: inputs, axis: axis, to: node.shape)
    }
  }

  private func rearrangement(
    of input: Shape, to output: Shape, order: AxisOrder
  ) throws(NetworkError) -> LinearMap.Form {
    order == .channelsFirst ? .identity : .sparse(try SparseRows(reshapingChannelsLast: input, to: output))
  }

  private func concatenation(of inputs: [Shape], axis: Int, to output: Shape) throws(NetworkError) -> AffineOperation {
    var maps: [LinearMap] = []
    var start = 0
    for input in inputs {
      let rows = try SparseRows(placing: input, at: start, ofAxis: axis, in: output)
      maps.append(LinearMap(.sparse(rows), from: input, to: output))
      start += input[axis]
    }
    return AffineOperation(maps)
  }

  /// `scale · (x − mean) / √(variance + ε) + shift` as a factor and a constant. The factor is rounded four times (sum, root,
  /// quotient, product; a root halves the error before it); the constant twice more, which may cancel.
  private func normalization(
    _ payload: BatchNormalization, of index: Int, _ parameters: Parameters
  ) throws(NetworkError) -> AffineOperation {
    let node = nodes[index]
    guard let mean = parameters[node.name, .mean]?.scalars, let variance = parameters[node.name, .variance]?.scalars
    else { throw NetworkError(node: node.name, expected: "running statistics", found: "none") }
    let gamma = parameters[node.name, .scale]?.scalars
    let beta = parameters[node.name, .shift]?.scalars
    var (factors, constants, errors): ([Double], [Double], [Double]) = ([], [], [])
    for channel in mean.indices {
      let factor = Double(gamma?[channel] ?? 1) / (Double(variance[channel]) + Double(payload.epsilon)).squareRoot()
      let (shift, moved) = (Double(beta?[channel] ?? 0), Double(mean[channel]) * factor)
      factors.append(factor)
      constants.append(shift - moved)
      errors.append(8 * .roundoff * (abs(shift) + abs(moved)))
    }
    let map = LinearMap(
      .diagonal(node.shape.repeating(factors)), from: node.shape, to: node.shape, relativeError: 4 * .roundoff)
    return AffineOperation(
      [map], constants: node.shape.repeating(constants), constantErrors: node.shape.repeating(errors))
  }
}

extension Upsampling {
  /// A position within an extent E is rounded twice, so it is off by at most 2(E + 1) roundoffs. A weight is its distance from
  /// a pixel; where that is not zero it is at least 1 / (2 E f) for the factor f. A product of two weights has both errors.
  fileprivate func relativeError(for image: Shape) -> Double {
    guard method != .nearest else { return 0 }
    let (extent, factor) = (Double(max(image[1], image[2])), Double(max(self.factor.height, self.factor.width)))
    return 16 * .roundoff * (extent + 1) * (extent + 1) * factor
  }
}

extension Shape {
  /// The value of each channel, for every scalar of an example of this shape.
  fileprivate func repeating(_ channels: [Double]) -> [Double] {
    let area = count / extents[0]
    return channels.flatMap { repeatElement($0, count: area) }
  }
}

extension Double {
  /// The largest relative error of one operation that is rounded to the nearest number, 2⁻⁵³.
  public static let roundoff = 0x1p-53
}
