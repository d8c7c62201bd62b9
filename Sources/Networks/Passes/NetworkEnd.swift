/// The end of a network, walked back from its output to the logits.
///
/// An attack reaches a gradient through everything after the logits, and there cross-entropy of probabilities saturates:
/// a network behind a sigmoid or two softmaxes looks more robust than it is. Which class is the largest does not change
/// where a function that keeps the order of the classes is taken off, and accuracy asks for nothing else. So all of it is
/// taken off: softmax, even twice, and increasing functions of every output.
struct NetworkEnd {
  /// The node whose output the logits are, before `shaping`.
  private(set) var logits: Int
  /// Nodes that give the logits another shape, in order.
  private(set) var shaping: [Int] = []
  /// What was taken off, in the order in which the model applied it.
  private(set) var steps: [EndingStep] = []

  private let network: Network
  private let parameters: Parameters

  init(_ network: Network, _ parameters: Parameters) {
    self.network = network
    self.parameters = parameters
    logits = network.outputIndex
    walk()
  }

  /// What is only left out where something follows that is taken off.
  private struct Pending {
    var shaping: [Int] = []
    var steps: [EndingStep] = []
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
        guard let step = uniformAffine(node) else { return }
        pending.steps.insert(step, at: 0)
      default:
        guard let step = step(of: node) else { return }
        steps = [step] + pending.steps + steps
        shaping = pending.shaping + shaping
        pending = Pending()
        logits = input
      }
      index = input
    }
  }

  /// What a node does that keeps the order of the classes and is taken off.
  private func step(of node: Network.Node) -> EndingStep? {
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

  private func uniformAffine(_ node: Network.Node) -> EndingStep? {
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

  /// Whether its values are near their bounds almost everywhere.
  var isBounded: Bool {
    switch self {
    case .sigmoid, .hardSigmoid, .tanh, .relu6: true
    case .relu, .leakyReLU, .elu, .selu, .gelu, .silu, .hardSwish, .softplus: false
    }
  }
}
