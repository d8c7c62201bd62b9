public import Hyperparameters
public import Networks

/// How ACG and ReACG run.
public struct ConjugateSettings: Hashable, Sendable {
  /// The number of steps.
  public var steps = 100
  /// The number of runs.
  public var restarts = 1
  /// Whether the first run starts at a random point of the ball rather than at the image. Later ones always do.
  public var randomStart = false
  /// ρ: the share of steps with a rising loss below which the step size is halved.
  public var rho: Float = 0.75
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .margin

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ConjugateSettings>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .integer(
      "restarts", \.restarts, in: 1...1_000_000, "Runs from new random starts; the best for every example is kept."),
    .flag("random-start", \.randomStart, "Begin at a random point of the ball."),
    .number("rho", \.rho, .from(0, to: 1), "The step is halved where the loss rises in a smaller share of the steps."),
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate."),
    .loss(\.loss),
  ]

  /// 100 steps from the image.
  public init() {}

  /// A gradient for each step, and a look at the end of each run.
  var passesPerExample: Double { (2 * Double(steps) + 1) * Double(restarts) }

  /// One candidate for each image.
  func perturb(
    _ task: AttackTask, model: AttackedModel, windows: StepHalving.Windows, rescales: Bool
  ) throws -> Tensor<Float> {
    try task.strongestAscent(of: restarts, earlyStop: earlyStop, model: model) { part, _, number in
      let start =
        randomStart || number > 0
        ? part.threat.randomStart(around: part.images, ids: part.ids, restart: number, source: part.random)
        : part.images
      let rule = ConjugateRule(part, steps: steps, share: rho, windows: windows, rescales: rescales)
      return try Ascent.run(
        part, from: start, objective: .loss(loss), settings: Ascent.Settings(steps: steps, earlyStop: earlyStop),
        rule: rule, model: model)
    }
  }
}

/// ACG or ReACG: ascent along conjugate gradients with the step sizes of APGD.
public protocol ConjugateAscent: Attack {
  /// How it runs.
  var settings: ConjugateSettings { get set }
}

extension ConjugateAscent {
  /// Those of the authors' code.
  public static var norms: [Norm] { [.linf, .l2] }

  /// The title, with a loss that is not the margin.
  public var title: String {
    settings.loss == ConjugateSettings().loss ? Self.method.title : "\(Self.method.title), \(settings.loss)"
  }

  /// The loss.
  public var ascendedLoss: Loss? { settings.loss }

  /// A gradient for each step, and a look at the end of each run.
  public var passesPerExample: Double { settings.passesPerExample }

  /// Every step is made on every example.
  public var withoutEarlyStop: Self {
    var attack = self
    attack.settings.earlyStop = false
    return attack
  }
}
