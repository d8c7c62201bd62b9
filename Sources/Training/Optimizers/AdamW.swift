public import Hyperparameters
public import Networks

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter, arXiv 1711.05101).
public struct AdamW: Optimizer {
  /// Name, title and source.
  public static let method = Method(
    name: "adamw", title: "AdamW", summary: "Adam with weight decay apart from the gradient.",
    citation: "Loshchilov and Hutter, arXiv 1711.05101")
  /// That of Adam.
  public static let learningRate = Adam.learningRate

  private var adam = Adam(weightDecay: 0.01, decouplesWeightDecay: true)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AdamW>] = [.weightDecay(\.weightDecay)]

  /// An optimiser that has seen nothing.
  public init() {}

  /// Creates an optimiser that has seen nothing.
  public init(weightDecay: Float) {
    adam.weightDecay = weightDecay
  }

  /// What weights shrink by in every update, times the learning rate.
  public var weightDecay: Float {
    get { adam.weightDecay }
    set { adam.weightDecay = newValue }
  }

  /// Threads that share out the scalars.
  public var workers: Workers {
    get { adam.workers }
    set { adam.workers = newValue }
  }

  /// The running means.
  public var state: OptimizerState {
    get { adam.state }
    _modify { yield &adam.state }
  }

  /// Means of gradients.
  public var hasFirstMoment: Bool { true }

  /// Means of squares.
  public var hasSecondMoment: Bool { true }

  /// Takes one step.
  public mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float) {
    adam.update(&parameters, gradients: gradients, learningRate: learningRate)
  }
}
