public import Hyperparameters
import Networks

/// APGD on the difference of logits ratio, which does not vanish where the model is sure; see `AutoPGD`.
///
/// It needs three classes; with two `fallback` gives APGD on the margin (fra31/auto-attack, issue 70).
public struct AutoPGDLogitRatio: NamedAutoPGD {
  /// Name, title and source.
  public static let method = Method(
    name: "apgd-dlr", title: "Auto-PGD, DLR", summary: "APGD on the difference of logits ratio.",
    citation: "Croce and Hein, arXiv 2003.01690")

  /// APGD with its settings.
  public var apgd = AutoPGD(loss: .logitRatio)

  /// Those of all forms of APGD.
  public static let hyperparameters: [Hyperparameter<AutoPGDLogitRatio>] =
    AutoPGDSettings.hyperparameters.lifted(to: \.apgd.settings)

  /// 100 steps.
  public init() {}

  /// Creates an attack.
  public init(settings: AutoPGDSettings) { apgd.settings = settings }
}
