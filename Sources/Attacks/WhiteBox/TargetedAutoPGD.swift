public import Hyperparameters
public import Networks

/// APGD towards one class after the other, on the examples that are still standing; see `AutoPGD`.
///
/// By default the classes with the second to tenth largest logits of the image, on the targeted difference of logits ratio,
/// as in AutoAttack. Any class but the label counts. Where a target is asked for it is the only one, and it alone counts;
/// the label is then what the model takes the image for. DLR needs four classes; with fewer `fallback` gives the attack on
/// the margin. Croce and Hein, arXiv 2003.01690. The radius is in stored pixel units.
public struct TargetedAutoPGD: Attack, FewClassFallback {
  /// Name, title and source.
  public static let method = Method(
    name: "apgd-t", title: "Auto-PGD, targeted", summary: "APGD towards one class after the other, as in AutoAttack.",
    citation: "Croce and Hein, arXiv 2003.01690")
  /// Those of APGD.
  public static let norms = AutoPGD.norms

  /// How it runs.
  public var settings = AutoPGDSettings()
  /// The number of classes tried; 9, in L1 5. With fewer classes all but the label.
  public var targets: Int?
  /// In which order.
  public var targeting: Targeting = .confidence
  /// What is ascended.
  public var loss: TargetedLoss = .logitRatio

  /// Those of all forms of APGD, and what concerns targets.
  public static let hyperparameters: [Hyperparameter<TargetedAutoPGD>] =
    AutoPGDSettings.hyperparameters.lifted(to: \.settings) + [
      .integer("target-classes", \.targets, in: 1...1_000_000, standard: "9; L1 5", "The number of classes tried."),
      .choice("targeting", \.targeting, of: Targeting.allCases.map(\.rawValue), "Which classes come first."),
      .choice("loss", \.loss, of: TargetedLoss.allCases.map(\.rawValue), "What the attack increases."),
    ]

  /// 100 steps towards each of nine classes.
  public init() {}

  /// Creates an attack.
  public init(
    targeting: Targeting = .confidence, targets: Int? = nil, loss: TargetedLoss = .logitRatio,
    settings: AutoPGDSettings = AutoPGDSettings()
  ) {
    (self.targeting, self.targets, self.loss, self.settings) = (targeting, targets, loss, settings)
  }

  /// Every step is made on every example.
  public var withoutEarlyStop: TargetedAutoPGD {
    var attack = self
    attack.settings.earlyStop = false
    return attack
  }

  /// A look at the images, and runs towards every target.
  public var passesPerExample: Double {
    1 + Double(targets ?? 9) * (settings.passesPerRun * Double(settings.restarts ?? 1) + (targeting == .malt ? 2 : 0))
  }

  /// The numbers of targets and runs filled in.
  public func resolved(for threat: ThreatModel) -> TargetedAutoPGD {
    var attack = self
    attack.targets = targets(in: threat.norm)
    attack.settings.restarts = settings.restarts ?? 1
    return attack
  }

  private func targets(in norm: Norm) -> Int { targets ?? (norm == .l1 ? 5 : 9) }

  /// Checks norm and hyper-parameters.
  public func validate(threat: ThreatModel, classCount: Int) throws {
    try check(threat, classCount: classCount)
    try requireTargets(of: Self.name, classCount: classCount)
  }

  func requireTargets(of attack: String, classCount: Int) throws {
    guard classCount >= loss.minimumClasses else {
      throw AttackError.targetedClasses(
        attack: attack, found: classCount, expected: loss.minimumClasses, instead: TargetedLoss.margin.rawValue)
    }
  }

  /// The margin in the place of DLR.
  public func fallback(classCount: Int) -> (any Attack)? {
    guard classCount >= 2, classCount < loss.minimumClasses else { return nil }
    var attack = self
    attack.loss = .margin
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let affordable = task.affordable(Array(task.ids.indices), by: model.queried)
    guard affordable.count == task.count else {
      var points = task.images
      if !affordable.isEmpty { points.scatter(try perturb(task.gathering(affordable), model: model), to: affordable) }
      return points
    }
    let logits = try task.logits(of: task.images, model: model.queried)
    let labels = labels(task, logits: logits)
    let targets = try targets(task, labels: labels, logits: logits, model: model)
    let restarts = settings.restarts ?? 1
    let runs = (targets.first?.count ?? 0) * restarts
    guard runs > 0 else { return task.images }
    return try task.strongestAscent(of: runs, earlyStop: settings.earlyStop, model: model) { part, rows, number in
      let objective = AscentObjective.towards(
        loss, targets: rows.map { targets[$0][number / restarts] }, labels: rows.map { labels[$0] })
      return try settings.run(part, radii: part.radii, number: number, objective: objective, model: model)
    }
  }

  /// The class that each example is to leave: the label, or where there is a target the largest other logit.
  private func labels(_ task: AttackTask, logits: Tensor<Float>) -> [Int] {
    switch task.goal {
    case .misclassify(let labels): return labels
    case .classify(let targets):
      var others = logits
      others.withUnsafeMutableScalars { others in
        for (row, target) in targets.enumerated() { others[row * logits.exampleSize + target] = -.infinity }
      }
      return zip(others.argmax(), targets).map { $0 == $1 ? ($1 == 0 ? 1 : 0) : $0 }
    }
  }

  private func targets(
    _ task: AttackTask, labels: [Int], logits: Tensor<Float>, model: AttackedModel
  ) throws -> [[Int]] {
    switch task.goal {
    case .misclassify:
      try targeting.targets(
        of: task, labels: labels, count: targets(in: task.threat.norm), logits: logits, model: model)
    case .classify(let targets): targets.map { [$0] }
    }
  }
}
