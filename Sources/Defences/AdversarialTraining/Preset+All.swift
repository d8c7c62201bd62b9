import Hyperparameters
public import Networks
public import Training

extension Preset {
  /// All of them.
  public static let all = mnist + cifar

  /// All of them, by name.
  private static let catalog = PresetCatalog(all)

  /// The names without families, each once.
  public static let titles = catalog.titles

  /// The summaries of all presets, one per name.
  public static let summaries = catalog.summaries

  /// The same preset before anything was changed in it.
  public var published: Preset { Self.catalog.published(self) }

  /// The preset of a name: of the family named, or without one of the family nearest to the images.
  public static func named(_ name: String, for imageShape: Shape) throws(PresetError) -> Preset {
    try catalog.named(name, for: imageShape)
  }
}

extension Method {
  /// Adversarial training with a radius that rises.
  static let curriculum = Method(
    name: "curriculum", title: "Curriculum adversarial training",
    summary: "Projected gradient descent, the radius rising over the first quarter.",
    citation: ProjectedGradientTraining.method.citation)
  /// Adversarial training with two steps.
  static let quick = Method(
    name: "quick", title: "Quick adversarial training",
    summary: "Projected gradient descent of two steps, the radius rising at first.",
    citation: ProjectedGradientTraining.method.citation)
  /// Adversarial training with weight perturbation.
  static let awp = Method(
    name: "awp", title: "Adversarial weight perturbation",
    summary: "Projected gradient descent with adversarial weight perturbation.",
    citation: "Wu, Xia and Wang, arXiv 2004.05884")
  /// TRADES with weight perturbation.
  static let tradesAWP = Method(
    name: "trades-awp", title: "TRADES with adversarial weight perturbation",
    summary: "The loss of TRADES with adversarial weight perturbation.", citation: awp.citation)
}
