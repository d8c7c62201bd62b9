public import Hyperparameters

extension Norm: HyperparameterType {
  /// Reads it as people write it: `linf`, `Linf`, `L∞`, `l_inf`, `inf`, `L2`, `2`.
  public init?(hyperparameter text: String) {
    let name = text.lowercased().filter { $0 != "_" && $0 != "-" }
    let short = name.hasPrefix("l") ? String(name.dropFirst()) : name
    switch short {
    case "inf", "infinity", "∞": self = .linf
    case "2": self = .l2
    case "1": self = .l1
    case "0": self = .l0
    default: return nil
    }
  }

  /// `linf`, `l2`, `l1` or `l0`.
  public var hyperparameterValue: HyperparameterValue? { .text(rawValue) }
}
