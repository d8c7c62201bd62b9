/// The role of a parameter in its operation.
public enum ParameterRole: String, Hashable, Sendable, Codable, CaseIterable {
  /// The kernel of a convolution, the matrix of a dense layer.
  case weight
  /// Added per output channel.
  case bias
  /// Multiplied after a normalisation (gamma).
  case scale
  /// Added after a normalisation (beta).
  case shift
  /// Running mean; statistics, not trained.
  case mean
  /// Running variance; statistics, not trained.
  case variance
  /// The negative slope of a parametric ReLU.
  case slope
}

/// The name of one parameter tensor: a node and a role.
public struct ParameterKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The node's name.
  public let node: String
  /// The role in that node.
  public let role: ParameterRole

  /// Creates a key.
  public init(_ node: String, _ role: ParameterRole) {
    self.node = node
    self.role = role
  }

  /// `node/role`.
  public var description: String { "\(node)/\(role.rawValue)" }

  /// Alphabetical order.
  public static func < (a: ParameterKey, b: ParameterKey) -> Bool { a.description < b.description }
}

/// A parameter that a network needs.
public struct ParameterSpecification: Hashable, Sendable {
  /// Its name.
  public let key: ParameterKey
  /// Its shape.
  public let shape: Shape
  /// Whether an optimiser changes it; statistics and frozen input normalisation are not trained.
  public let isTrainable: Bool
}

/// The tensors of a network, apart from its structure.
public struct ParameterSet<Scalar: BinaryFloatingPoint & Sendable>: Sendable, Equatable {
  /// The tensors by name.
  public var tensors: [ParameterKey: Tensor<Scalar>]

  /// Creates a set.
  public init(_ tensors: [ParameterKey: Tensor<Scalar>] = [:]) {
    self.tensors = tensors
  }

  /// The tensor of that name.
  public subscript(node: String, role: ParameterRole) -> Tensor<Scalar>? {
    get { tensors[ParameterKey(node, role)] }
    set { tensors[ParameterKey(node, role)] = newValue }
  }
}

/// The weights of a network in single precision.
public typealias Parameters = ParameterSet<Float>

extension ParameterSet<Float> {
  /// The same values in double precision, for the oracle.
  public var double: ParameterSet<Double> { ParameterSet<Double>(tensors.mapValues(\.double)) }
}

extension Operation {
  /// The roles and shapes of this operation's parameters for those input shapes, in a fixed order.
  func parameterShapes(of inputs: [Shape]) -> [(role: ParameterRole, shape: Shape, isTrainable: Bool)] {
    switch self {
    case .convolution(let payload):
      let weight: Shape = [
        payload.outputChannels, inputs[0][0] / payload.groups, payload.kernel.height, payload.kernel.width,
      ]
      return weights(weight, biasOf: payload.hasBias ? payload.outputChannels : nil)
    case .transposedConvolution(let payload):
      let weight: Shape = [
        inputs[0][0], payload.outputChannels / payload.groups, payload.kernel.height, payload.kernel.width,
      ]
      return weights(weight, biasOf: payload.hasBias ? payload.outputChannels : nil)
    case .dense(let payload):
      return weights([payload.outputs, inputs[0][0]], biasOf: payload.hasBias ? payload.outputs : nil)
    case .parametricReLU(let payload):
      return [(.slope, [payload.isShared ? 1 : inputs[0][0]], true)]
    case .batchNormalization(let payload):
      let channels: Shape = [inputs[0][0]]
      return scaleAndShift(channels, payload.hasScale, payload.hasShift)
        + [(.mean, channels, false), (.variance, channels, false)]
    case .layerNormalization(let payload):
      return scaleAndShift(Shape(payload.axes.map { inputs[0][$0] }), payload.hasScale, payload.hasShift)
    case .groupNormalization(let payload):
      return scaleAndShift([inputs[0][0]], payload.hasScale, payload.hasShift)
    case .affine(let payload):
      return scaleAndShift([inputs[0][0]], true, payload.hasShift).map { ($0.role, $0.shape, payload.isTrainable) }
    case .input, .pooling, .globalPooling, .activation, .softmax, .logSoftmax, .flatten, .reshape, .permute,
      .zeroPadding, .cropping, .upsampling, .dropout, .add, .multiply, .concatenate:
      return []
    }
  }
}

private typealias RoleShapes = [(role: ParameterRole, shape: Shape, isTrainable: Bool)]

private func weights(_ weight: Shape, biasOf outputs: Int?) -> RoleShapes {
  [(.weight, weight, true)] + (outputs.map { [(.bias, [$0], true)] } ?? [])
}

private func scaleAndShift(_ shape: Shape, _ hasScale: Bool, _ hasShift: Bool) -> RoleShapes {
  (hasScale ? [(.scale, shape, true)] : []) + (hasShift ? [(.shift, shape, true)] : [])
}

extension Network {
  /// The parameters of all nodes, in the order of the nodes.
  public var parameterSpecifications: [ParameterSpecification] {
    nodes.indices.flatMap(parameterSpecifications(of:))
  }

  /// The parameters of one node.
  public func parameterSpecifications(of index: Int) -> [ParameterSpecification] {
    nodes[index].operation.parameterShapes(of: inputShapes(of: index)).map { role, shape, isTrainable in
      ParameterSpecification(key: ParameterKey(nodes[index].name, role), shape: shape, isTrainable: isTrainable)
    }
  }

  /// Checks that `parameters` holds every tensor this network needs, in its shape, finite, and no other.
  public func check(_ parameters: Parameters) throws(NetworkError) {
    let specifications = parameterSpecifications
    for specification in specifications {
      guard let tensor = parameters.tensors[specification.key] else {
        throw NetworkError(
          node: specification.key.node, expected: "a \(specification.key.role.rawValue) of \(specification.shape)",
          found: "none")
      }
      guard tensor.shape == specification.shape else {
        throw NetworkError(
          node: specification.key.node, expected: "a \(specification.key.role.rawValue) of \(specification.shape)",
          found: "one of \(tensor.shape)")
      }
      guard tensor.scalars.allSatisfy(\.isFinite) else {
        throw NetworkError(
          node: specification.key.node, expected: "finite values in \(specification.key.role.rawValue)",
          found: "NaN or infinity")
      }
    }
    let known = Set(specifications.map(\.key))
    for key in parameters.tensors.keys.sorted() where !known.contains(key) {
      throw NetworkError(node: key.node, expected: "parameters of this network alone", found: "\(key)")
    }
  }
}
