internal import Arguments
internal import Networks

/// As people write them: `linf`, `Linf`, `L∞`, `l_inf`, `inf`, `L2`, `2`.
extension Norm: ArgumentValue {
  package init?(argument: String) {
    let name = argument.lowercased().filter { $0 != "_" && $0 != "-" }
    let short = name.hasPrefix("l") ? String(name.dropFirst()) : name
    switch short {
    case "inf", "infinity", "∞": self = .linf
    case "2": self = .l2
    case "1": self = .l1
    case "0": self = .l0
    default: return nil
    }
  }
}
