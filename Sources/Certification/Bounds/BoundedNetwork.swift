public import Networks

/// A network prepared for bounds: its affine operations as kernels, the others by what their relaxation needs.
public struct BoundedNetwork: Sendable {
  /// The structure.
  public let network: Network
  let kernels: any LinearKernels
  let steps: [Step]
  let rounding: Rounding
  /// The arithmetic of the network that bounds speak about.
  public let arithmetic: NetworkArithmetic

  /// A node as bounds see it.
  enum Step: Sendable {
    case input
    case affine(AffineStep)
    case elementwise(ElementwiseFunction)
    case maximum(SparseRows)
    case product
    case softmax(isLogarithm: Bool)
    case normalization(ExampleNormalization)
  }

  /// Prepares a network.
  ///
  /// - Parameters:
  ///   - network: Its structure.
  ///   - parameters: Its weights. The certificate speaks about the network with exactly these numbers.
  ///   - arithmetic: How that network computes.
  ///   - kernels: The engine of the bounds.
  /// - Throws: `NetworkError` where the parameters are not those of the network, or hold NaN or infinity;
  ///   `CertificationError` for an operation whose rounding in single precision is not known.
  public init(
    network: Network, parameters: Parameters, arithmetic: NetworkArithmetic = .real, kernels: any LinearKernels
  ) throws {
    try network.check(parameters)
    self.network = network
    self.arithmetic = arithmetic
    self.kernels = kernels
    var longest = 64
    steps = try network.nodes.indices.map { index in
      if let operation = try network.affineOperation(of: index, parameters) {
        longest = operation.maps.reduce(longest) { max($0, $1.termCount, $1.transposedTermCount) }
        return .affine(try AffineStep(operation, arithmetic, kernels))
      }
      let step = try network.nonlinearStep(of: index, parameters)
      if arithmetic == .single { try network.checkRounding(of: index, step) }
      return step
    }
    let fanOut = network.consumers.reduce(0) { max($0, $1.count) }
    rounding = Rounding(terms: network.activationCount + longest + fanOut + 64)
  }

  /// The nodes that some node which is not affine reads: those whose bounds matter.
  var boundedNodes: [Bool] {
    var result = Array(repeating: false, count: steps.count)
    for (index, step) in steps.enumerated() {
      switch step {
      case .input, .affine: continue
      case .elementwise, .maximum, .product, .softmax, .normalization:
        for input in network.nodes[index].inputs { result[input] = true }
      }
    }
    return result
  }
}

extension BoundedNetwork {
  /// For each node whether its intervals are the exact range over a box: whether it depends on the image through one affine
  /// operation, and others that take scalars one by one.
  var hasExactIntervals: [Bool] {
    // How many operations that mix scalars lie before each node; 2 stands for more, and for what is not affine.
    var mixed: [Int] = []
    for (index, step) in steps.enumerated() {
      let inputs = network.nodes[index].inputs
      switch step {
      case .input: mixed.append(0)
      case .affine(let step) where inputs.count == 1:
        mixed.append(min(mixed[inputs[0]] + (step.isDiagonal ? 0 : 1), 2))
      case .affine, .elementwise, .maximum, .product, .softmax, .normalization: mixed.append(2)
      }
    }
    return mixed.map { $0 < 2 }
  }

  /// How many rows of coefficients are taken back at once: as many as fit into a processor's cache.
  var largestRowCount: Int {
    let widest = network.nodes.reduce(1) { max($0, $1.shape.count) }
    return max(8, (1 << 17) / widest)
  }
}

/// An affine operation, ready to be applied.
struct AffineStep: Sendable {
  /// A kernel for each input; nil for one that is taken as it is.
  let kernels: [(any LinearKernel)?]
  /// What is added.
  let constants: [Double]?
  /// The errors of the constants.
  let constantErrors: [Double]?
  /// The largest relative error of a factor.
  let relativeError: Double
  /// How far the network's own result may lie from the exact one, as a share of the sum of its terms' sizes.
  let networkError: Double
  /// What an underflow adds to a result, in the network or in its bounds.
  var underflow: Double { networkError > 0 ? NetworkArithmetic.underflow : Rounding.underflow }
  /// Whether each output depends on one input at most.
  let isDiagonal: Bool

  init(_ operation: AffineOperation, _ arithmetic: NetworkArithmetic, _ kernels: any LinearKernels) throws {
    networkError = arithmetic.error(of: operation)
    self.kernels = try operation.maps.map { map in
      if case .identity = map.form { nil } else { try kernels.kernel(for: map) }
    }
    constants = operation.constants
    constantErrors = operation.constantErrors
    relativeError = operation.maps.reduce(0) { max($0, $1.relativeError) }
    isDiagonal = operation.maps.count == 1 && operation.maps[0].termCount <= 1
  }
}

/// An element-wise function.
enum ElementwiseFunction: Sendable {
  /// The same for all scalars.
  case activation(Activation)
  /// A ReLU with the slope of each scalar below zero.
  case rectifier(slopes: [Double])
}

/// A normalisation by mean and variance of the example itself.
struct ExampleNormalization: Sendable {
  /// The group of each scalar; groups are numbered from 0.
  let groups: [Int]
  /// Added to the variance.
  let epsilon: Double
  /// The factor of each scalar.
  let scale: [Double]
  /// What is added to each scalar.
  let shift: [Double]
}

extension Network {
  fileprivate func nonlinearStep(of index: Int, _ parameters: Parameters) throws -> BoundedNetwork.Step {
    let node = nodes[index]
    let input = inputShapes(of: index).first ?? inputShape
    switch node.operation {
    case .input: return .input
    case .activation(let activation): return .elementwise(.activation(activation))
    case .parametricReLU:
      let slopes = parameters[node.name, .slope]?.scalars.map(Double.init) ?? []
      let area = input.count / max(slopes.count, 1)
      return .elementwise(.rectifier(slopes: slopes.flatMap { repeatElement($0, count: area) }))
    case .pooling(let payload): return .maximum(try SparseRows(windowsOf: payload, image: input, output: node.shape))
    case .globalPooling: return .maximum(try SparseRows(averagingChannelsOf: input))
    case .softmax: return .softmax(isLogarithm: false)
    case .logSoftmax: return .softmax(isLogarithm: true)
    case .multiply: return .product
    case .layerNormalization(let payload):
      return .normalization(layerNormalization(payload, of: input, named: node.name, parameters))
    case .groupNormalization(let payload):
      return .normalization(groupNormalization(payload, of: input, named: node.name, parameters))
    case .convolution, .transposedConvolution, .dense, .flatten, .reshape, .permute, .zeroPadding, .cropping,
      .upsampling, .batchNormalization, .affine, .dropout, .add, .concatenate:
      throw CertificationError.unsupported(node: node.name, operation: node.operation.kindName, method: "bounds")
    }
  }

  private func layerNormalization(
    _ payload: LayerNormalization, of input: Shape, named name: String, _ parameters: Parameters
  ) -> ExampleNormalization {
    // Scalars that differ in an axis that is not normalised are in different groups; those that differ in one that is
    // have their own scale.
    var (groups, entries): ([Int], [Int]) = ([], [])
    for offset in 0..<input.count {
      var (rest, group, groupStride, entry, entryStride) = (offset, 0, 1, 0, 1)
      for axis in (0..<input.rank).reversed() {
        let place = rest % input[axis]
        rest /= input[axis]
        if payload.axes.contains(axis) {
          entry += place * entryStride
          entryStride *= input[axis]
        } else {
          group += place * groupStride
          groupStride *= input[axis]
        }
      }
      groups.append(group)
      entries.append(entry)
    }
    return normalization(groups: groups, entries: entries, epsilon: payload.epsilon, named: name, parameters)
  }

  private func groupNormalization(
    _ payload: GroupNormalization, of input: Shape, named name: String, _ parameters: Parameters
  ) -> ExampleNormalization {
    let area = input.count / input[0]
    let size = input.count / payload.groups
    return normalization(
      groups: (0..<input.count).map { $0 / size }, entries: (0..<input.count).map { $0 / area },
      epsilon: payload.epsilon, named: name, parameters)
  }

  private func normalization(
    groups: [Int], entries: [Int], epsilon: Float, named name: String, _ parameters: Parameters
  ) -> ExampleNormalization {
    let scale = parameters[name, .scale]?.scalars
    let shift = parameters[name, .shift]?.scalars
    return ExampleNormalization(
      groups: groups, epsilon: Double(epsilon), scale: entries.map { Double(scale?[$0] ?? 1) },
      shift: entries.map { Double(shift?[$0] ?? 0) })
  }
}
