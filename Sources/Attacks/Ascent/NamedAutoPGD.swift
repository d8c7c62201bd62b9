import Hyperparameters
public import Networks

/// APGD with a loss that its name says, as AutoAttack calls it.
public protocol NamedAutoPGD: Attack, FewClassFallback {
  /// APGD with that loss.
  var apgd: AutoPGD { get set }
}

extension NamedAutoPGD {
  /// Those of APGD.
  public static var norms: [Norm] { AutoPGD.norms }

  /// The loss.
  public var ascendedLoss: Loss? { apgd.loss }

  /// Every step is made on every example.
  public var withoutEarlyStop: Self {
    var attack = self
    attack.apgd = apgd.withoutEarlyStop
    return attack
  }

  /// Those of APGD.
  public var passesPerExample: Double { apgd.passesPerExample }

  /// The number of runs filled in.
  public func resolved(for threat: ThreatModel) -> Self {
    var attack = self
    attack.apgd = apgd.resolved(for: threat)
    return attack
  }

  /// APGD with a loss that is defined.
  public func fallback(classCount: Int) -> (any Attack)? { apgd.fallback(classCount: classCount) }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try apgd.perturb(task, model: model)
  }
}
