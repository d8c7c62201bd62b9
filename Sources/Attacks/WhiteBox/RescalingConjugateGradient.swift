public import Hyperparameters
public import Networks

/// ACG in which the last direction cannot outweigh the gradient, with step sizes checked less often; see `ConjugateRule`.
///
/// Windows of 43 %, 19 % and then 8 % of the steps. Yamamura, Sato, Hata, Yamada, Toyoda, Ohki, Ishikura and Fujisawa,
/// *Enhancing output diversity improves conjugate gradient-based adversarial attacks*, arXiv 2408.03972. The defaults are
/// those of the authors' code. Where a pixel has neither gradient nor direction, as at the rim of a digit, their mean of
/// ratios is no number, and nothing is ever rescaled; here such pixels are left out. ART divides by the length of the
/// whole batch. The radius is in stored pixel units.
public struct RescalingConjugateGradient: ConjugateAscent {
  /// Name, title and source.
  public static let method = Method(
    name: "reacg", title: "Rescaling conjugate gradient",
    summary: "ACG in which the last direction does not outweigh the gradient.",
    citation: "Yamamura et al., arXiv 2408.03972")

  /// How it runs.
  public var settings = ConjugateSettings()

  /// Those of both forms.
  public static let hyperparameters: [Hyperparameter<RescalingConjugateGradient>] =
    ConjugateSettings.hyperparameters.lifted(to: \.settings)

  /// 100 steps from the image.
  public init() {}

  /// Creates an attack.
  public init(settings: ConjugateSettings) { self.settings = settings }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let windows = StepHalving.Windows(first: 0.43, shrinkage: 0.24, least: 0.08)
    return try settings.perturb(task, model: model, windows: windows, rescales: true)
  }
}
