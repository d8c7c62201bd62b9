public import Hyperparameters
public import Networks

/// Descent of a hinge of the logits plus the elastic net of the perturbation, which leaves few pixels changed.
///
///     minimise  c · max(0, z_y − max_{k≠y} z_k + κ) + ‖δ‖² + β‖δ‖₁
///     x_i = S(y − α_i ∇(c · hinge + ‖δ‖²)),  α_i = learning-rate · √(1 − i/steps)
///     y = x_i + i/(i + 3) · (x_i − x_{i−1})
///
/// with the shrinkage S, which takes β off every change and clips to the box, and c from a binary search. Chen, Sharma,
/// Zhang, Yi and Hsieh, *EAD: elastic-net attacks to deep neural networks via adversarial examples*, arXiv 1709.04114.
///
/// The best point of all steps is kept: by the elastic net or by L1. Distances are measured in units of the pixel range. As
/// in the authors' code and in Foolbox the shrinkage is β whatever the step. Every example has its own c and its own
/// check of progress (`abort-early`), which Foolbox makes for the sum of a batch. 10,000 steps take long: `steps=1000`
/// loses little.
public struct ElasticNet: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "ead", title: "Elastic-net attack", summary: "Descent of a hinge of the logits plus the elastic net.",
    citation: "Chen, Sharma, Zhang, Yi and Hsieh, arXiv 1709.04114")
  /// L1.
  public static let norms: [Norm] = [.l1]

  /// What makes a point better than another.
  public enum DecisionRule: String, CaseIterable, Codable, Sendable, HyperparameterType {
    /// ‖δ‖² + β‖δ‖₁.
    case en
    /// ‖δ‖₁.
    case l1
  }

  /// The steps for each constant.
  public var steps = 10_000
  /// The constants that are tried.
  public var binarySearchSteps = 9
  /// The length of the first step; that of the last is near zero.
  public var learningRate: Float = 0.01
  /// The first constant.
  public var initialConst: Float = 1e-3
  /// The weight of L1.
  public var beta: Float = 0.01
  /// κ: by how much the logit must exceed the others.
  public var confidence: Float = 0
  /// What makes a point better than another.
  public var decisionRule = DecisionRule.en
  /// Whether a descent that makes no progress ends.
  public var abortEarly = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ElasticNet>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps for each constant."),
    .integer("binary-search-steps", \.binarySearchSteps, in: 1...1000, "Constants tried."),
    .number("learning-rate", \.learningRate, .above(0), "The length of the first step."),
    .number("initial-const", \.initialConst, .above(0), "The first constant."),
    .number("beta", \.beta, .from(0), unit: "pixel ranges", "The weight of L1."),
    .number("confidence", \.confidence, .from(0), "How much larger the adversarial logit must be."),
    .choice(
      "decision-rule", \.decisionRule, of: DecisionRule.allCases.map(\.rawValue),
      "Which point is the best: by elastic net or by L1."),
    .flag("abort-early", \.abortEarly, "A descent that makes no progress in a tenth of its steps ends."),
  ]

  /// A gradient and a look for every step of every constant.
  public var passesPerExample: Double { 3 * Double(steps) * Double(binarySearchSteps) }

  /// The values of the authors.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, decisionRule: DecisionRule = .en) {
    self.steps = steps
    self.decisionRule = decisionRule
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var descent = ShrinkingDescent(task, beta: beta)
    var trials = task.ids.map { _ in Trial(self) }
    while !descent.isEmpty {
      if let open = descent.retireUnaffordable(model) { trials = open.map { trials[$0] } }
      guard !descent.isEmpty else { break }
      let look = try descent.step(
        trials.map { ($0.search.constant, $0.step, learningRate * (1 - Float($0.step) / Float(steps)).squareRoot()) },
        confidence: confidence, model: model)
      let sizes = decisionRule == .en ? look.elasticNets : look.lengths
      nearest.enter(look.points, ofSizes: sizes, where: look.isReached, rows: descent.rows)
      var isDone = look.isStuck
      for row in trials.indices where !isDone[row] {
        let loss = trials[row].search.constant * look.hinges[row] + look.elasticNets[row]
        guard trials[row].endsRound(loss, isReached: look.isReached[row], of: self) else { continue }
        isDone[row] = !trials[row].advance()
        descent.restart(row)
      }
      if let open = descent.retire(where: isDone) { trials = open.map { trials[$0] } }
    }
    return nearest.points
  }

  /// Where an example is in its search.
  private struct Trial {
    private(set) var search: ConstantSearch
    private var progress: ProgressCheck
    private(set) var step = 0
    private var isFound = false

    init(_ attack: ElasticNet) {
      search = ConstantSearch(initial: attack.initialConst, rounds: attack.binarySearchSteps)
      progress = ProgressCheck(steps: attack.steps)
    }

    mutating func endsRound(_ loss: Float, isReached: Bool, of attack: ElasticNet) -> Bool {
      isFound = isFound || isReached
      let isStalled = attack.abortEarly && progress.hasStalled(step: step, loss: loss)
      step += 1
      return isStalled || step >= attack.steps
    }

    /// - Returns: Whether there is another round.
    mutating func advance() -> Bool {
      defer { (step, isFound) = (0, false) }
      progress.restart()
      return search.advance(found: isFound)
    }
  }
}
