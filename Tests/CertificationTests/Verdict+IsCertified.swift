import Certification

extension Verdict {
  /// Nil where it is undecided.
  var isCertified: Bool? {
    switch self {
    case .certified: true
    case .falsified: false
    case .undecided: nil
    }
  }
}
