public import Hyperparameters

/// Every attack there is.
public enum AttackCatalog {
  /// The attacks by kind.
  public static let attacks: [any Attack.Type] =
    whiteBox + minimumNorm + scoreBased + decisionBased + transfer + transformations + noise

  /// Within a radius, by gradients.
  static let whiteBox: [any Attack.Type] = [
    FastGradient.self,
    ProjectedGradient.self,
    AutoPGD.self,
    AutoPGDCrossEntropy.self,
    AutoPGDLogitRatio.self,
    TargetedAutoPGD.self,
    MALT.self,
    AutoConjugateGradient.self,
    RescalingConjugateGradient.self,
    ProbabilityMarginAttack.self,
    SquareAscent.self,
    BasicIterative.self,
    MomentumIterative.self,
    NesterovIterative.self,
    AdamProjectedGradient.self,
    DivergenceProjectedGradient.self,
    ExpectationProjectedGradient.self,
    RandomStartFastGradient.self,
    RandomStepFastGradient.self,
    SparseDescent.self,
  ]

  /// The nearest adversarial point, by gradients.
  static let minimumNorm: [any Attack.Type] = [
    FastAdaptiveBoundary.self,
    TargetedFastAdaptiveBoundary.self,
    MinimalAutoPGD.self,
    DeepFool.self,
    CarliniWagner.self,
    ElasticNet.self,
    SaliencyMap.self,
    NewtonFool.self,
    SparseFool.self,
    BrendelBethge.self,
    DecoupledDirectionNorm.self,
    FastMinimumNorm.self,
    SigmaZero.self,
  ]

  /// By queries that tell logits.
  static let scoreBased: [any Attack.Type] = [
    SquareAttack.self,
    SimultaneousPerturbation.self,
    NaturalEvolutionStrategies.self,
    BanditAttack.self,
    SimpleBlackBox.self,
    ZerothOrderOptimization.self,
    OnePixel.self,
  ]

  /// By queries that tell the predicted class.
  static let decisionBased: [any Attack.Type] = [
    BoundaryAttack.self,
    HopSkipJump.self,
    SignOPT.self,
    GeoDA.self,
    Pointwise.self,
  ]

  /// Gradients made for being used against another model.
  static let transfer: [any Attack.Type] = [
    DiverseInputs.self,
    TranslationInvariant.self,
    ScaleInvariant.self,
    VarianceTuned.self,
  ]

  /// By what is no small difference.
  static let transformations: [any Attack.Type] = [
    SpatialAttack.self,
    AdversarialPatch.self,
  ]

  /// By noise, and by simple changes that grow until they are too large for the model.
  static let noise: [any Attack.Type] = [
    UniformNoise.self,
    GaussianNoiseAttack.self,
    SaltAndPepper.self,
    BlurAttack.self,
    ContrastAttack.self,
    BrightnessAttack.self,
    RotationAttack.self,
  ]

  /// The names on the command line.
  public static var names: [String] { attacks.map { $0.name } }

  /// The attack that a word such as `pgd` or `pgd:steps=20` asks for, its name in upper or lower case.
  ///
  /// - Throws: `HyperparameterError` for a name that no attack has, or a value out of its range.
  public static func attack(_ text: String) throws(HyperparameterError) -> any Attack {
    let (type, text) = try MethodText.method(of: text, among: attacks, kind: "attack") { $0 }
    return try type.init(text)
  }
}
