public import Networks
public import Training

/// Adversarial weight perturbation: the gradient is taken where the weights are a little worse.
///
///     v_l = gamma · ‖w_l‖ · g_l / ‖g_l‖ for every weight tensor l;   the update of w is the gradient at w + v
///
/// Wu, Xia and Wang, *Adversarial weight perturbation helps robust generalization*, arXiv 2004.05884, with gamma 0.01 on
/// adversarial training and 0.005 on TRADES. g is the gradient of the method's own loss at the adversarial images, which
/// are found before the weights move. Kernels and matrices are perturbed, biases and normalisations are not. The
/// authors' optimiser decays w + v, ours w.
public struct WeightPerturbation<Base: AdversarialObjective>: AdversarialObjective {
  /// The method whose loss is made worse.
  public var base: Base
  /// The length of the perturbation over that of the weights.
  public var gamma: Float
  /// The number of epochs before weights are perturbed.
  public var warmUpEpochs: Double

  /// Creates the objective.
  public init(_ base: Base, gamma: Float, warmUpEpochs: Double = 0) {
    self.base = base
    self.gamma = gamma
    self.warmUpEpochs = warmUpEpochs
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
    guard batch.epoch >= warmUpEpochs else { return try base.pass(through: model, over: batch, at: points) }
    let gradients = try base.pass(through: model, over: batch, at: points).gradients
    let own = model.parameters
    model.updateParameters { $0.moveWeights(along: gradients, relativeLength: gamma) }
    defer { model.updateParameters { $0 = own } }
    return try base.pass(through: model, over: batch, at: points)
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
