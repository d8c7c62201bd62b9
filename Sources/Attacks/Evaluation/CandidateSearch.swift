public import Networks

/// How candidates are found: by an attack, or by something that needs more than an attack is given.
public struct CandidateSearch: Sendable {
  /// Finds one candidate for each example of a task; `rows` are their rows in the whole set.
  public typealias Find =
    @Sendable (_ rows: [Int], _ task: AttackTask, _ model: AttackedModel) throws -> Tensor<Float>

  /// How the radius is used.
  let budget: Budget
  /// The forward and backward passes for one example at most, by which progress is foretold.
  let passesPerExample: Double
  /// Whether the queries to success are of interest.
  let isBlackBox: Bool
  /// What candidates must keep to in place of the radius.
  var limits: (any ChangeLimits)?
  let find: Find

  /// A search, within the radius unless it is said to be for the nearest point.
  public init(budget: Budget = .fixed, passesPerExample: Double, find: @escaping Find) {
    (self.budget, self.passesPerExample, isBlackBox, self.find) = (budget, passesPerExample, false, find)
  }

  /// That of an attack.
  public init(_ attack: any Attack) {
    budget = type(of: attack).budget
    limits = attack as? any TransformationAttack
    passesPerExample = attack.passesPerExample
    isBlackBox = attack is any BlackBoxAttack
    find = { _, task, model in try attack.perturb(task, model: model) }
  }

  /// That of an attack which sees another model in place of the one that judges: its candidates must transfer. The passes
  /// are those of the surrogate. Every step is made, because what has just broken the surrogate seldom breaks more.
  public init(_ attack: any Attack, on surrogate: any DifferentiableClassifier) {
    let attack = attack.withoutEarlyStop
    budget = type(of: attack).budget
    limits = attack as? any TransformationAttack
    passesPerExample = attack.passesPerExample
    isBlackBox = false
    find = { _, task, model in try attack.perturb(task, model: model.replaced(by: surrogate)) }
  }

  /// The threat model that the task holds.
  func threat(_ threat: ThreatModel) -> ThreatModel {
    switch budget {
    case .fixed: threat
    case .minimal, .transformation: ThreatModel(norm: threat.norm, radius: .infinity, bounds: threat.bounds)
    }
  }
}
