public import Hyperparameters
public import Networks

/// Ascent along conjugate gradients, whose points differ more from each other than those of APGD; see `ConjugateRule`.
///
/// Yamamura, Sato, Hata, Yamada, Toyoda, Ohki, Ishikura and Fujisawa, *Diversified adversarial attacks based on conjugate
/// gradient method*, arXiv 2206.09628. Steps, first step 2 ε, checkpoints, margin and start at the image are those of the
/// authors' code. ART takes its first step from the caller and, in L∞, moves along the direction itself and not its sign.
/// The radius is in stored pixel units.
public struct AutoConjugateGradient: ConjugateAscent {
  /// Name, title and source.
  public static let method = Method(
    name: "acg", title: "Auto conjugate gradient", summary: "Ascent along conjugate gradients, with the steps of APGD.",
    citation: "Yamamura et al., arXiv 2206.09628")

  /// How it runs.
  public var settings = ConjugateSettings()

  /// Those of both forms.
  public static let hyperparameters: [Hyperparameter<AutoConjugateGradient>] =
    ConjugateSettings.hyperparameters.lifted(to: \.settings)

  /// 100 steps from the image.
  public init() {}

  /// Creates an attack.
  public init(settings: ConjugateSettings) { self.settings = settings }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try settings.perturb(task, model: model, windows: .paper, rescales: false)
  }
}
