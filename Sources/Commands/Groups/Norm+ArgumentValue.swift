internal import Arguments
internal import Networks

/// As people write them: `linf`, `L∞`, `2`.
extension Norm: ArgumentValue {
  package init?(argument: String) { self.init(hyperparameter: argument) }
}
