public import Hyperparameters
public import Networks

/// Descent of a hinge of the logits plus the distance, for a constant that is as small as will do.
///
///     minimise  c · max(0, z_y − max_{k≠y} z_k + κ) + D(x' − x)   by Adam over w, with x' = a + b · tanh w
///
/// Carlini and Wagner, *Towards evaluating the robustness of neural networks*, arXiv 1608.04644. D and the search for c
/// follow the norm:
///
/// | norm | D | search |
/// |---|---|---|
/// | L2 | ‖δ‖² | c tenfold until it succeeds, then bisection |
/// | L∞ | Σ max(0, \|δ\| − τ) | τ falls by a tenth with every success, c doubles with every failure |
/// | L0 | ‖δ‖² | pixels that matter least are held with every success, c doubles with every failure |
///
/// Distances are measured in units of the pixel range, a and b are its middle and half its width. The defaults are the
/// authors'; those of L2 are Foolbox's and advertorch's too. 10,000 steps take long: `steps=1000` loses little.
///
/// Every example has its own Adam, its own c and its own check of progress (`abort-early`), which Foolbox makes for the sum
/// of a batch. The check waits until the variable of a black or white pixel can have left its end: 7.25 over the learning
/// rate. The best point of all steps is kept. The largest other logit is a maximum over the other classes; a product with
/// a mask, as in torchattacks, goes wrong where logits are negative.
public struct CarliniWagner: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "cw", title: "Carlini–Wagner", summary: "Descent of a hinge of the logits plus the distance, by Adam.",
    citation: "Carlini and Wagner, arXiv 1608.04644")
  /// Those of the paper.
  public static let norms: [Norm] = [.linf, .l2, .l0]

  /// The steps for each constant, or nothing for 10,000 in L2 and 1000 else.
  public var steps: Int?
  /// The constants that are tried in L2.
  public var binarySearchSteps = 9
  /// The learning rate of Adam, or nothing for 0.005 in L∞ and 0.01 else.
  public var learningRate: Float?
  /// The first constant, or nothing for 1e-5 in L∞ and 1e-3 else.
  public var initialConst: Float?
  /// κ: by how much the logit must exceed the others.
  public var confidence: Float = 0
  /// Whether a descent that makes no progress ends.
  public var abortEarly = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<CarliniWagner>] = [
    .integer(
      "steps", \.steps, in: 1...1_000_000, standard: "10000; linf, l0: 1000", "The number of steps for each constant."),
    .integer("binary-search-steps", \.binarySearchSteps, in: 1...1000, "Constants tried in L2."),
    .number(
      "learning-rate", \.learningRate, .above(0), standard: "0.01; linf: 0.005", "The learning rate of Adam."),
    .number("initial-const", \.initialConst, .above(0), standard: "0.001; linf: 0.00001", "The first constant."),
    .number("confidence", \.confidence, .from(0), "How much larger the adversarial logit must be."),
    .flag("abort-early", \.abortEarly, "A descent that makes no progress in a tenth of its steps ends."),
  ]

  /// A look at the image, and a gradient for every step of every constant in L2.
  public var passesPerExample: Double { 1 + 2 * Double(steps(in: .l2)) * Double(binarySearchSteps) }

  /// The values of the authors.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int?, binarySearchSteps: Int = CarliniWagner().binarySearchSteps, learningRate: Float? = nil,
    initialConst: Float? = nil, confidence: Float = 0, abortEarly: Bool = true
  ) {
    self.steps = steps
    self.binarySearchSteps = binarySearchSteps
    self.learningRate = learningRate
    self.initialConst = initialConst
    self.confidence = confidence
    self.abortEarly = abortEarly
  }

  /// The values that the norm decides filled in.
  public func resolved(for threat: ThreatModel) -> CarliniWagner {
    var attack = self
    attack.steps = steps(in: threat.norm)
    attack.learningRate = learningRate(in: threat.norm)
    attack.initialConst = initialConst(in: threat.norm)
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    // With confidence, an image that is misclassified may not be so by enough.
    guard confidence == 0 else { return try nearest(task, model: model) }
    return try task.nearestFromOpenImages(by: model) { try nearest($0, model: model) }
  }

  private func nearest(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let norm = task.threat.norm
    let (steps, rate, initial) = (steps(in: norm), learningRate(in: norm), initialConst(in: norm))
    switch norm {
    case .l2, .l1:
      return try CarliniWagnerL2(
        steps: steps, binarySearchSteps: binarySearchSteps, learningRate: rate, initialConst: initial,
        confidence: confidence, abortEarly: abortEarly
      ).nearest(task, model: model)
    case .linf:
      return try CarliniWagnerLinf(
        steps: steps, learningRate: rate, initialConst: initial, confidence: confidence, abortEarly: abortEarly
      ).nearest(task, model: model)
    case .l0:
      return try CarliniWagnerL0(
        steps: steps, learningRate: rate, initialConst: initial, confidence: confidence, abortEarly: abortEarly
      ).nearest(task, model: model)
    }
  }

  /// The first step at which a lack of progress may end a descent: before, the variable of a pixel at an end of its range
  /// has not come back to where the pixel moves.
  static func firstCheck(_ learningRate: Float) -> Int {
    Int(min(1e9, (TanhSpace.farthest / Double(learningRate)).rounded(.up)))
  }

  private func steps(in norm: Norm) -> Int { steps ?? (norm == .l2 ? 10_000 : 1000) }
  private func learningRate(in norm: Norm) -> Float { learningRate ?? (norm == .linf ? 0.005 : 0.01) }
  private func initialConst(in norm: Norm) -> Float { initialConst ?? (norm == .linf ? 1e-5 : 1e-3) }
}
