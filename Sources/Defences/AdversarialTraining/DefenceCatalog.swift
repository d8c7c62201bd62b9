public import Training

/// Every training method that makes a network resist an attacker. `Preset` has their settings for MNIST and CIFAR-10.
public enum DefenceCatalog {
  /// The methods.
  public static let methods: [any TrainingDefence.Type] = [
    ProjectedGradientTraining.self, FastAdversarialTraining.self, NoisyFastAdversarialTraining.self,
    FreeAdversarialTraining.self, Trades.self, Mart.self, LogitPairing.self, MixedTraining.self,
    EnsembleTraining.self, GradientAlignment.self, InputGradientRegularization.self, DefensiveDistillation.self,
    GaussianNoiseTraining.self,
  ]
}
