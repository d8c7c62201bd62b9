import Hyperparameters
public import Networks
public import Training

/// Adversarial weight perturbation: the gradient is taken at weights that were moved to make the loss larger.
///
///     v_l = gamma · ‖w_l‖ · g_l / ‖g_l‖ for every weight tensor l;   the update of w is the gradient at w + v
///
/// Wu, Xia and Wang, *Adversarial weight perturbation helps robust generalization*, arXiv 2004.05884, with gamma 0.01 on
/// adversarial training and 0.005 on TRADES. g is the gradient of the method's own loss at the adversarial images, which
/// are found before the weights move. Kernels and matrices are perturbed, biases and normalisations are not. The
/// authors' optimiser decays w + v, ours w.
public struct WeightPerturbation<Base: AdversarialObjective>: AdversarialObjective {
  /// The method whose loss is made larger.
  public var base: Base
  /// How far and when.
  public var size: WeightPerturbationSize

  /// Creates the objective.
  public init(_ base: Base, _ size: WeightPerturbationSize) {
    self.base = base
    self.size = size
  }

  /// That of the base.
  public var loss: Loss { base.loss }

  /// Those of the base.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    try base.images(for: batch, model: model)
  }

  /// The pass of the base at the perturbed weights.
  public func pass(
    through model: some TrainableClassifier, over batch: Minibatch, at points: Tensor<Float>
  ) throws -> ObjectivePass {
    guard batch.epoch >= size.warmUpEpochs else { return try base.pass(through: model, over: batch, at: points) }
    let gradients = try base.pass(through: model, over: batch, at: points).gradients
    let own = model.parameters
    model.updateParameters { $0.moveWeights(along: gradients, relativeLength: size.gamma) }
    defer { model.updateParameters { $0 = own } }
    return try base.pass(through: model, over: batch, at: points)
  }
}

/// How far weights are perturbed, and when.
public struct WeightPerturbationSize: Hashable, Sendable {
  /// The length of the perturbation over that of the weights; 0 for none.
  public var gamma: Float = 0
  /// The number of epochs before weights are perturbed.
  public var warmUpEpochs = 0.0

  /// The length alone.
  static let length: Hyperparameter<WeightPerturbationSize> = .number(
    "awp-gamma", \.gamma, .from(0, to: 1), unit: "share", "Perturb weights by this share of their length.")

  /// All of them.
  static let hyperparameters: [Hyperparameter<WeightPerturbationSize>] = [
    length,
    .number(
      "awp-warmup", \.warmUpEpochs, .from(0, to: 1_000_000), unit: "epochs", "The epochs before weights are perturbed."),
  ]

  /// None.
  public init() {}

  /// Creates a size.
  public init(gamma: Float, warmUpEpochs: Double = WeightPerturbationSize().warmUpEpochs) {
    self.gamma = gamma
    self.warmUpEpochs = warmUpEpochs
  }

  /// A method with its weights perturbed, or itself where they are not.
  func applied(to base: some AdversarialObjective) -> any TrainingObjective {
    gamma > 0 ? WeightPerturbation(base, self) : base
  }
}

extension Parameters {
  /// Every weight tensor w moves by `relativeLength` · ‖w‖ along its gradient.
  fileprivate mutating func moveWeights(along gradients: Parameters, relativeLength: Float) {
    for (key, gradient) in gradients.tensors where key.role == .weight {
      tensors[key]?.withUnsafeMutableScalars { weights in
        gradient.withUnsafeScalars { gradient in
          let slope = length(of: gradient)
          guard slope > 0 else { return }
          let factor = Float(Double(relativeLength) * length(of: UnsafeBufferPointer(weights)) / slope)
          for i in weights.indices { weights[i] += factor * gradient[i] }
        }
      }
    }
  }
}

private func length(of scalars: UnsafeBufferPointer<Float>) -> Double {
  scalars.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
}
