public import Hyperparameters
public import Networks

/// Projected ascent with momentum that sets its step size by itself, APGD:
///
///     z = P(x + η · step(∇L(x)))
///     x ← P(x + 0.75 (z − x) + 0.25 (x − x₋))
///
/// from a random point of the sphere. After 22, 41, 57, 70, 80, 87, 93 and 99 of 100 steps η, at first 2 ε, is halved for
/// the examples whose loss stalls, and these go back to their best point. In L1 steps are sparse and there is no momentum,
/// see `SparseRule`, and the first 60 % of the steps are made in larger balls.
///
/// Croce and Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks*,
/// arXiv 2003.01690; in L1 arXiv 2103.01208. Update, checkpoints and defaults are those of the authors' code
/// (fra31/auto-attack), and so is the first window, see `StepHalving`. What differs: a gradient is divided by its length
/// however small (they add 1e-12), random numbers belong to the example, an unbroken example ends with its best point
/// rather than the image, and the last point is looked at without a gradient. Copies differ more: torchattacks runs 10
/// steps unless told otherwise, ART takes its first step from the caller. The radius is in stored pixel units.
public struct AutoPGD: Attack, FewClassFallback {
  /// Name, title and source.
  public static let method = Method(
    name: "apgd", title: "Auto-PGD", summary: "Ascent with momentum and steps that halve where the loss stalls.",
    citation: "Croce and Hein, arXiv 2003.01690")
  /// Those for which its step is defined.
  public static let norms: [Norm] = [.linf, .l2, .l1]

  /// How it runs.
  public var settings = AutoPGDSettings()
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// Those of all forms of APGD, and the loss.
  public static let hyperparameters: [Hyperparameter<AutoPGD>] =
    AutoPGDSettings.hyperparameters.lifted(to: \.settings) + [.loss(\.loss)]

  /// 100 steps on cross-entropy.
  public init() {}

  /// Creates an attack.
  public init(loss: Loss, settings: AutoPGDSettings = AutoPGDSettings()) {
    (self.loss, self.settings) = (loss, settings)
  }

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// Every step is made on every example.
  public var withoutEarlyStop: AutoPGD {
    var attack = self
    attack.settings.earlyStop = false
    return attack
  }

  /// A gradient for each step, and a look at the end of each run.
  public var passesPerExample: Double { settings.passesPerRun * Double(settings.restarts ?? 1) }

  /// The number of runs filled in.
  public func resolved(for threat: ThreatModel) -> AutoPGD {
    var attack = self
    attack.settings.restarts = restarts(in: threat.norm)
    return attack
  }

  private func restarts(in norm: Norm) -> Int { settings.restarts ?? (norm == .l1 ? 5 : 1) }

  /// The margin in the place of DLR.
  public func fallback(classCount: Int) -> (any Attack)? {
    guard classCount >= 2, classCount < loss.minimumClasses else { return nil }
    return AutoPGD(loss: .margin, settings: settings)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let runs = restarts(in: task.threat.norm)
    return try task.strongestAscent(of: runs, earlyStop: settings.earlyStop, model: model) { part, _, number in
      try settings.run(part, radii: part.radii, number: number, objective: .loss(loss), model: model)
    }
  }
}
