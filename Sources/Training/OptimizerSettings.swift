public import Networks

/// Which optimiser with which hyper-parameters; those not here are PyTorch's defaults.
public struct OptimizerSettings: Hashable, Sendable {
  /// The optimisers by the names they have in PyTorch.
  public enum Method: String, CaseIterable, Sendable {
    case sgd, adam, adamw, rmsprop, nadam

    /// Whether there is a momentum to be set.
    public var hasMomentum: Bool { self == .sgd || self == .rmsprop }

    /// A learning rate to start with.
    public var learningRate: Float {
      switch self {
      case .sgd: 0.05
      case .adam, .adamw, .rmsprop: 1e-3
      case .nadam: 2e-3
      }
    }
  }

  /// The optimiser.
  public var method: Method
  /// The share of the last velocity that is kept; of SGD and RMSProp.
  public var momentum: Float
  /// Whether SGD looks ahead along its velocity.
  public var isNesterov: Bool
  /// The factor of the weights added to their gradients; decoupled for AdamW.
  public var weightDecay: Float

  /// Creates settings; the momentum of SGD is 0.9 unless given, and AdamW decays weights by 0.01.
  public init(_ method: Method, momentum: Float? = nil, isNesterov: Bool = false, weightDecay: Float? = nil) {
    self.method = method
    self.momentum = momentum ?? (method == .sgd ? 0.9 : 0)
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay ?? (method == .adamw ? 0.01 : 0)
  }

  /// An optimiser that has seen nothing. Threads change its speed and nothing else.
  public func makeOptimizer(workers: Workers = Workers(count: 1)) -> any Optimizer {
    switch method {
    case .sgd: SGD(momentum: momentum, isNesterov: isNesterov, weightDecay: weightDecay)
    case .adam: Adam(weightDecay: weightDecay, workers: workers)
    case .adamw: Adam(weightDecay: weightDecay, decouplesWeightDecay: true, workers: workers)
    case .rmsprop: RMSProp(momentum: momentum, weightDecay: weightDecay)
    case .nadam: Nadam(weightDecay: weightDecay)
    }
  }

  /// Whether it remembers velocities, or means of gradients.
  public var hasFirstMoment: Bool {
    switch method {
    case .sgd, .rmsprop: momentum != 0
    case .adam, .adamw, .nadam: true
    }
  }

  /// Whether it remembers means of squared gradients.
  public var hasSecondMoment: Bool {
    switch method {
    case .sgd: false
    case .adam, .adamw, .rmsprop, .nadam: true
    }
  }

  /// What a record says.
  public var settings: [TrainingSetting] {
    var settings = [TrainingSetting("optimizer", .text(method.rawValue))]
    if method.hasMomentum { settings.append(TrainingSetting("momentum", .init(momentum))) }
    if method == .sgd { settings.append(TrainingSetting("nesterov", .flag(isNesterov))) }
    settings.append(TrainingSetting("weight_decay", .init(weightDecay)))
    return settings
  }
}
