/// The suites that have a name.
extension Suite {
  /// All of them.
  public static let named = [standard, quick, swift, swiftPlus, autoAttack, autoAttackPlus, autoAttackRand]

  /// One step, many steps, the margin, and what a model must withstand at the least.
  public static let standard = Suite(
    "standard", [FastGradient(), ProjectedGradient(), UniformNoise()], endsOnMargin: true, fitting: .optional)
  /// One step and many.
  public static let quick = Suite(
    "quick", [FastGradient(), ProjectedGradient()], endsOnMargin: true, fitting: .optional)

  /// What AutoAttack finds for a tenth of its passes: PGD on a difference of probabilities, APGD towards the three classes
  /// that look nearest, then squares and gradients in turn, each on what is still standing.
  ///
  /// Our own; the README says how near it comes to AutoAttack on which networks. In L1 it is weaker by two points of a hundred.
  public static let swift = preset(
    "swift",
    [ProbabilityMarginAttack(steps: 30, restarts: 1), MALT(steps: 20, targets: 3), SquareAscent()])
  /// The same, and the whole of AutoAttack on what is still standing.
  public static let swiftPlus = preset("swift-plus", swift.attacks + autoAttack.attacks)

  /// AutoAttack, version *standard*: APGD-CE, APGD-T, FAB-T and Square, each on what is still standing.
  ///
  /// Croce and Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks*,
  /// arXiv 2003.01690; the values are those of the authors' code (fra31/auto-attack), not those of its copies. 100 steps and
  /// one run each, nine targets, 5000 queries with the schedule of 10,000 that is not rescaled; in L1 five runs and five
  /// targets.
  public static let autoAttack = preset(
    "autoattack",
    [AutoPGDCrossEntropy(), TargetedAutoPGD(), TargetedFastAdaptiveBoundary(), SquareAttack()]
  )
  /// AutoAttack, version *plus*: five runs of APGD on cross-entropy and DLR and of FAB, and the targeted attacks at the end.
  public static let autoAttackPlus = preset(
    "autoattack-plus",
    [
      AutoPGDCrossEntropy(settings: .runs(5)), AutoPGDLogitRatio(settings: .runs(5)),
      FastAdaptiveBoundary(walk: .runs(5)), SquareAttack(), TargetedAutoPGD(),
      TargetedFastAdaptiveBoundary(),
    ])
  /// AutoAttack, version *rand*, for models that draw at random: APGD on cross-entropy and DLR, the mean of 20 gradients at
  /// every point.
  public static let autoAttackRand = preset(
    "autoattack-rand", [AutoPGDCrossEntropy(settings: .mean(of: 20)), AutoPGDLogitRatio(settings: .mean(of: 20))])

  private static func preset(_ name: String, _ attacks: [any Attack]) -> Suite {
    Suite(name, attacks, .cascade, isPreset: true, fitting: .asPublished)
  }
}

extension AutoPGDSettings {
  fileprivate static func runs(_ restarts: Int) -> AutoPGDSettings {
    var settings = AutoPGDSettings()
    settings.restarts = restarts
    return settings
  }

  fileprivate static func mean(of gradients: Int) -> AutoPGDSettings {
    var settings = AutoPGDSettings()
    (settings.eot, settings.restarts) = (gradients, 1)
    return settings
  }
}

extension BoundaryWalk {
  fileprivate static func runs(_ restarts: Int) -> BoundaryWalk {
    var walk = BoundaryWalk()
    walk.restarts = restarts
    return walk
  }
}
