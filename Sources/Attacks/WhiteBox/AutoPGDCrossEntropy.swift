public import Hyperparameters
import Networks

/// APGD on cross-entropy, the first attack of AutoAttack; see `AutoPGD`.
public struct AutoPGDCrossEntropy: NamedAutoPGD {
  /// Name, title and source.
  public static let method = Method(
    name: "apgd-ce", title: "Auto-PGD, cross-entropy", summary: "APGD on cross-entropy, as in AutoAttack.",
    citation: "Croce and Hein, arXiv 2003.01690")

  /// APGD with its settings.
  public var apgd = AutoPGD(loss: .crossEntropy)

  /// Those of all forms of APGD.
  public static let hyperparameters: [Hyperparameter<AutoPGDCrossEntropy>] =
    AutoPGDSettings.hyperparameters.lifted(to: \.apgd.settings)

  /// 100 steps.
  public init() {}

  /// Creates an attack.
  public init(settings: AutoPGDSettings) { apgd.settings = settings }
}
