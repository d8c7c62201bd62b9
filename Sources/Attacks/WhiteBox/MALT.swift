public import Hyperparameters
public import Networks

/// APGD towards the classes whose boundary is nearest by the gradients at the image; see `Targeting.malt`.
///
/// The same as `apgd-t:targeting=malt`. Melamed, Yehudai and Shamir, *MALT powers up adversarial attacks*,
/// arXiv 2407.02240. Any class but the label counts; the authors' code counts the target alone.
public struct MALT: Attack, FewClassFallback {
  /// Name, title and source.
  public static let method = Method(
    name: "malt", title: "MALT", summary: "APGD towards the classes that look nearest to a linear model.",
    citation: "Melamed, Yehudai and Shamir, arXiv 2407.02240")
  /// Those of APGD.
  public static let norms = AutoPGD.norms

  /// The attack with this targeting.
  public private(set) var attack = TargetedAutoPGD(targeting: .malt)

  /// Those of the targeted APGD, but for the targeting.
  public static let hyperparameters: [Hyperparameter<MALT>] =
    TargetedAutoPGD.hyperparameters.filter { $0.name != "targeting" }.lifted(to: \.attack)

  /// 100 steps towards each of nine classes.
  public init() {}

  /// One run of so many steps towards each of some classes.
  public init(steps: Int, targets: Int) {
    attack.settings.steps = steps
    attack.targets = targets
  }

  private init(_ attack: TargetedAutoPGD) { self.attack = attack }

  /// Every step is made on every example.
  public var withoutEarlyStop: MALT { MALT(attack.withoutEarlyStop) }

  /// Those of the targeted APGD, and gradients towards the classes.
  public var passesPerExample: Double { attack.passesPerExample }

  /// The numbers of targets and runs filled in.
  public func resolved(for threat: ThreatModel) -> MALT { MALT(attack.resolved(for: threat)) }

  /// Checks norm and hyper-parameters.
  public func validate(threat: ThreatModel, classCount: Int) throws {
    try check(threat, classCount: classCount)
    try attack.requireTargets(of: Self.name, classCount: classCount)
  }

  /// The margin in the place of DLR.
  public func fallback(classCount: Int) -> (any Attack)? {
    (attack.fallback(classCount: classCount) as? TargetedAutoPGD).map { MALT($0) }
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try attack.perturb(task, model: model)
  }
}
