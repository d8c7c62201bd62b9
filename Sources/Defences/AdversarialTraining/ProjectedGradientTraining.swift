import Attacks
public import Hyperparameters
public import Networks
public import Training

/// Adversarial training: the mean cross-entropy of the images that projected gradient descent finds, and of no others.
///
///     min over w of E[max over ‖δ‖ ≤ ε of L(w, x + δ, y)]
///
/// Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards deep learning models resistant to adversarial attacks*,
/// arXiv 1706.06083. Every image gets all steps, even where it is misclassified before. With a radius that rises this is
/// curriculum adversarial training.
public struct ProjectedGradientTraining: SteppingDefence, WeightPerturbingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "pgd", title: "Adversarial training", summary: "Projected gradient descent: adversarial images alone.",
    citation: "Madry, Makelov, Schmidt, Tsipras and Vladu, arXiv 1706.06083")

  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The number of steps.
  public var steps = 40
  /// The size of a step at the full radius; `nil` for the attack's default.
  public var stepSize: Float?
  /// Whether the attack starts at a random point of the ball.
  public var randomStart = true
  /// The loss that the weights minimise.
  public var loss: Loss = .crossEntropy
  /// The adversarial weight perturbation.
  public var perturbation = WeightPerturbationSize()
  /// Threads of the attack.
  public var workers = Workers(count: 1)

  /// Those of the attack, which other methods share.
  static let attack: [Hyperparameter<ProjectedGradientTraining>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat)
    + [.steps(\.steps), .stepSize(\.stepSize, standard: "2.5 eps/steps"), .randomStart(\.randomStart)]

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ProjectedGradientTraining>] =
    attack + WeightPerturbationSize.hyperparameters.lifted(to: \.perturbation) + [.labelSmoothing(\.loss)]

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    threat: TrainingThreat = TrainingThreat(), steps: Int = ProjectedGradientTraining().steps, stepSize: Float? = nil,
    randomStart: Bool = ProjectedGradientTraining().randomStart, loss: Loss = .crossEntropy,
    perturbation: WeightPerturbationSize = WeightPerturbationSize(), workers: Workers = Workers(count: 1)
  ) {
    self.perturbation = perturbation
    self.threat = threat
    self.steps = steps
    self.stepSize = stepSize
    self.randomStart = randomStart
    self.loss = loss
    self.workers = workers
  }

  /// Adversarial images.
  public func images(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let attack = ProjectedGradient(
      steps: steps, stepSize: stepSize.map { $0 * threat.share(atEpoch: batch.epoch) }, randomStart: randomStart,
      earlyStop: false)
    let budget = threat.model(atEpoch: batch.epoch)
    return try workers.images(for: batch.examples) { examples in
      try attack.perturb(
        AttackTask(misclassifying: examples, threat: budget, random: batch.random), model: AttackedModel(model))
    }
  }
}

/// A method with a loss of its own at the images that projected gradient descent finds.
public protocol ProjectedGradientDefence: SteppingDefence, WeightPerturbingDefence {
  /// Finds the adversarial images.
  var attack: ProjectedGradientTraining { get set }
}

extension ProjectedGradientDefence {
  /// That of the attack.
  public var threat: TrainingThreat {
    get { attack.threat }
    set { attack.threat = newValue }
  }

  /// That of the attack.
  public var stepSize: Float? {
    get { attack.stepSize }
    set { attack.stepSize = newValue }
  }

  /// The adversarial weight perturbation.
  public var perturbation: WeightPerturbationSize {
    get { attack.perturbation }
    set { attack.perturbation = newValue }
  }

  /// Threads of the attack.
  public var workers: Workers {
    get { attack.workers }
    set { attack.workers = newValue }
  }
}
