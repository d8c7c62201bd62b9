public import Hyperparameters
public import Networks

/// Differential evolution of a few pixels: their places and their values.
///
///     child = a + ½ (b − c),  a, b, c three others of the generation;  it replaces its parent where its loss is no smaller
///
/// Su, Vargas and Sakurai, *One pixel attack for fooling deep neural networks*, arXiv 1710.08864. A pixel is all channels at
/// one place, while the radius of L0 counts scalars: an ε of 9 is nine pixels of a grey image and three of a colour
/// image, and an ε below the number of channels allows none. No more than that change, whatever `pixels` says. A
/// feature vector has pixels of one scalar.
///
/// Population, generations and the factor ½ are the paper's; torchattacks has 10 and 10 by default, ART 100 generations of 400,
/// both with SciPy's variant that starts from the best member. What leaves its range is drawn anew, as there. The loss is
/// that of the label's logarithmic probability, which ranks as the probability does, but does not round to 1.
///
/// Members are shown to the model sixteen at a time; the first that is adversarial is shown once more by itself and ends the
/// example.
public struct OnePixel: BlackBoxAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "one-pixel", title: "One-pixel attack", summary: "Differential evolution of a few pixels.",
    citation: "Su, Vargas and Sakurai, arXiv 1710.08864")
  /// That of the paper.
  public static let norms: [Norm] = [.l0]

  /// The pixels changed, or nothing for as many as the radius allows.
  public var pixels: Int?
  /// The members of a generation.
  public var population = 400
  /// The generations after the first.
  public var steps = 100
  /// What is increased.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<OnePixel>] = [
    .integer(
      "pixels", \.pixels, in: 1...1_000_000, standard: "eps / channels",
      "Pixels, of all channels each, that are changed at most."),
    .integer("population", \.population, in: 4...1_000_000, "Members of a generation, a query each."),
    .integer("steps", \.steps, in: 0...1_000_000, "Generations after the first."),
    .loss(\.loss),
  ]

  /// The title, with a loss that is not cross-entropy.
  public var title: String { title(with: loss) }

  /// What ranks the members.
  public var ascendedLoss: Loss? { loss }

  /// Every member of every generation, and a last look.
  public var passesPerExample: Double { Double(population) * (Double(steps) + 1) + 1 }

  /// As many pixels as the radius allows, 100 generations of 400.
  public init() {}

  /// Creates an attack.
  public init(
    pixels: Int?, population: Int = OnePixel().population, steps: Int = OnePixel().steps,
    loss: Loss = OnePixel().loss
  ) {
    self.pixels = pixels
    self.population = population
    self.steps = steps
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    let code = PixelCode(
      of: task.images.shape.example, bounds: task.threat.bounds, limit: task.threat.radius, pixels: pixels)
    guard code.pixels > 0 else { return task.images }
    var evolution = PixelEvolution(task, code: code, population: population, loss: loss)
    for generation in 0...steps where !evolution.isFinished {
      try evolution.breed(generation, model: model)
    }
    return evolution.finished()
  }
}
