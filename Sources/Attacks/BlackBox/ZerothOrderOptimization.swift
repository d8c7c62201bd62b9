public import Hyperparameters
public import Networks

/// Carlini and Wagner's objective, descended by an Adam of each coordinate, some coordinates at a time:
///
///     minimise  c · max(0, z_y − max_{k≠y} z_k + κ) + ‖x' − x‖²;   ∂ᵢ ≈ (f(x' + h eᵢ) − f(x' − h eᵢ)) / 2h
///
/// Chen, Zhang, Sharma, Yi and Hsieh, *ZOO: zeroth order optimization based black-box attacks to deep neural networks without
/// training substitute models*, arXiv 1708.03999. The difference is taken of the hinge alone: the slope of the distance is
/// known. Adam forgets what it has learnt at the first adversarial point of a descent, as in the paper. Points stay in the
/// box by clipping, as in ART; a tanh would hold black and white pixels where they are. Points for a difference may
/// lie outside by h. The resizing and importance sampling of the paper are for images of 299 × 299 pixels and are left out.
///
/// The defaults are the paper's for MNIST: 2h + 1 queries for h = 128 coordinates in each of 3000 steps for each of nine
/// constants. That is what the method costs: a `--query-budget` limits it. ART makes 10 steps with one constant by default,
/// which can hardly find anything. Distance, h and learning rate are in stored pixel units. Every example has its own constant
/// and its own check of progress (`abort-early`).
public struct ZerothOrderOptimization: MinimumNormAttack, BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "zoo", title: "ZOO", summary: "Carlini–Wagner by differences along single coordinates.",
    citation: "Chen, Zhang, Sharma, Yi and Hsieh, arXiv 1708.03999")
  /// That of the paper.
  public static let norms: [Norm] = [.l2]

  /// The steps for each constant.
  public var steps = 3000
  /// The coordinates that move in a step, two queries each.
  public var coordinates = 128
  /// How far the points of a pair are from the middle.
  public var delta: Float = 0.0001
  /// The learning rate of Adam.
  public var learningRate: Float = 0.01
  /// The constants that are tried.
  public var binarySearchSteps = 9
  /// The first constant.
  public var initialConst: Float = 0.01
  /// κ: by how much the logit must exceed the others.
  public var confidence: Float = 0
  /// Whether a descent that makes no progress ends.
  public var abortEarly = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ZerothOrderOptimization>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps for each constant."),
    .integer("coordinates", \.coordinates, in: 1...1_000_000, "Scalars moved in a step, two queries each."),
    .number("delta", \.delta, .above(0), unit: "pixels", "How far the points of a pair are from the middle."),
    .number("learning-rate", \.learningRate, .above(0), unit: "pixels", "The learning rate of Adam."),
    .integer("binary-search-steps", \.binarySearchSteps, in: 1...1000, "Constants tried."),
    .number("initial-const", \.initialConst, .above(0), "The first constant."),
    .number("confidence", \.confidence, .from(0), "How much larger the adversarial logit must be."),
    .flag("abort-early", \.abortEarly, "A descent that makes no progress in a tenth of its steps ends."),
  ]

  /// Two for each coordinate and a look, for every step of every constant.
  public var passesPerExample: Double {
    Double(binarySearchSteps) * Double(steps) * (2 * Double(coordinates) + 1)
  }

  /// The values of the paper.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int, coordinates: Int = ZerothOrderOptimization().coordinates,
    delta: Float = ZerothOrderOptimization().delta, learningRate: Float = ZerothOrderOptimization().learningRate,
    binarySearchSteps: Int = ZerothOrderOptimization().binarySearchSteps,
    initialConst: Float = ZerothOrderOptimization().initialConst, confidence: Float = 0, abortEarly: Bool = true
  ) {
    self.steps = steps
    self.coordinates = coordinates
    self.delta = delta
    self.learningRate = learningRate
    self.binarySearchSteps = binarySearchSteps
    self.initialConst = initialConst
    self.confidence = confidence
    self.abortEarly = abortEarly
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var constants = task.ids.map { _ in SearchedConstant(Double(initialConst)) }
    for search in 0..<binarySearchSteps {
      let rows = task.affordable(Array(0..<task.count), by: model)
      guard !rows.isEmpty else { break }
      var descent = CoordinateDescent(
        self, task.gathering(rows), rows: rows, constants: rows.map { constants[$0].value }, search: search)
      let found = try descent.run(&nearest, model: model)
      for (row, isFound) in zip(rows, found) { constants[row].enter(isFound) }
    }
    return nearest.points
  }
}

/// A constant that grows tenfold until it succeeds, and is bisected from then on.
private struct SearchedConstant {
  private(set) var value: Double
  private var lower = 0.0
  private var upper = Double.infinity

  init(_ value: Double) { self.value = value }

  mutating func enter(_ isFound: Bool) {
    if isFound { upper = value } else { lower = value }
    value = upper < .infinity ? (lower + upper) / 2 : value * 10
  }
}
