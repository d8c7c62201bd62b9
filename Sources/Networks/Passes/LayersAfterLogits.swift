/// The layers after the logits of a network, found by following its nodes back from the output.
///
/// An attack reaches a gradient through everything after the logits, and there cross-entropy of probabilities saturates:
/// a network behind a sigmoid or two softmaxes looks more robust than it is. Which class is the largest does not change
/// where a function that keeps the order of the classes is taken off, and accuracy asks for nothing else. So all of it is
/// taken off: softmax, even twice, and increasing functions of every output.
struct LayersAfterLogits {
  /// The node whose output the logits are, before `shaping`.
  private(set) var logits: Int
  /// Nodes that reshape the logits, in order.
  private(set) var shaping: [Int] = []
  /// What was taken off, in the order in which the model applied it.
  private(set) var transforms: [OutputTransform] = []

  private let network: Network
  private let parameters: Parameters

  init(_ network: Network, _ parameters: Parameters) {
    self.network = network
    self.parameters = parameters
    logits = network.outputIndex
    walk()
  }

  /// Nodes that are removed only if an earlier node is removed too.
  private struct Pending {
    var shaping: [Int] = []
    var transforms: [OutputTransform] = []
  }

  private mutating func walk() {
    var pending = Pending()
    var index = network.outputIndex
    while let input = network.nodes[index].inputs.first {
      let node = network.nodes[index]
      switch node.operation {
      case .dropout: break
      case .flatten, .reshape:
        guard isVector(node.shape), isVector(network.nodes[input].shape) else { return }
        pending.shaping.insert(index, at: 0)
      case .affine:
        guard let transform = uniformAffine(node) else { return }
        pending.transforms.insert(transform, at: 0)
      default:
        guard let transform = transform(of: node) else { return }
        transforms = [transform] + pending.transforms + transforms
        shaping = pending.shaping + shaping
        pending = Pending()
        logits = input
      }
      index = input
    }
  }

  /// What a node computes, where it keeps the order of the classes and is removed.
  private func transform(of node: Network.Node) -> OutputTransform? {
    guard isVector(node.shape) else { return nil }
    let isOneOutput = node.shape.count == 1
    switch node.operation {
    // Over an axis of one scalar it is always 1, and over another axis than that of the classes it compares nothing.
    case .softmax: return node.shape[0] == node.shape.count && !isOneOutput ? .softmax : nil
    case .logSoftmax: return node.shape[0] == node.shape.count && !isOneOutput ? .logSoftmax : nil
    case .activation(let activation):
      let isTakenOff = isOneOutput ? activation.keepsTheDecision : activation.increasesAndSaturates
      return isTakenOff ? .activation(activation) : nil
    default: return nil
    }
  }

  private func uniformAffine(_ node: Network.Node) -> OutputTransform? {
    guard node.shape.count > 1, let scale = parameters[node.name, .scale]?.scalars, let first = scale.first, first > 0,
      Set(scale).count == 1
    else { return nil }
    let shift = parameters[node.name, .shift]?.scalars ?? [0]
    guard Set(shift).count == 1 else { return nil }
    return .affine(scale: first, shift: shift[0])
  }

  /// Whether all extents but one are 1.
  private func isVector(_ shape: Shape) -> Bool { shape.extents.count { $0 != 1 } <= 1 }
}

extension Activation {
  /// Whether it is strictly increasing, and its gradient vanishes somewhere. One whose gradient vanishes nowhere may stay,
  /// and one that clips makes classes equal that were not.
  var increasesAndSaturates: Bool {
    switch self {
    case .sigmoid, .tanh, .softplus, .selu: true
    case .elu(let alpha): alpha > 0
    case .relu, .relu6, .leakyReLU, .gelu, .silu, .hardSwish, .hardSigmoid: false
    }
  }

  /// Whether one output is on the same side of its threshold (1/2 for probabilities, else 0) as the value before.
  var keepsTheDecision: Bool {
    switch self {
    case .sigmoid, .hardSigmoid, .tanh, .relu, .relu6, .selu: true
    case .elu(let alpha): alpha >= 0
    case .leakyReLU(let slope): slope >= 0
    case .softplus, .gelu, .silu, .hardSwish: false
    }
  }

  /// Whether its values lie between 0 and 1.
  var isProbability: Bool {
    switch self {
    case .sigmoid, .hardSigmoid: true
    case .tanh, .relu, .relu6, .leakyReLU, .elu, .selu, .gelu, .silu, .hardSwish, .softplus: false
    }
  }

  /// Whether it is constant, or almost so, on a side: there its gradient vanishes.
  var isBounded: Bool {
    switch self {
    case .sigmoid, .hardSigmoid, .tanh, .relu, .relu6: true
    case .leakyReLU, .elu, .selu, .gelu, .silu, .hardSwish, .softplus: false
    }
  }
}
