import Hyperparameters

extension Hyperparameter {
  /// The random images that a search by decisions may draw to find one that is adversarial.
  static func draws(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("draws", path, in: 1...1_000_000, "Random images drawn for a start, at most.")
  }
}
