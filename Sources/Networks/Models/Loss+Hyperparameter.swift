public import Hyperparameters

extension Loss: HyperparameterType {
  /// Reads what `description` writes, in any case.
  public init?(hyperparameter text: String) { self.init(text.lowercased()) }

  /// The description.
  public var hyperparameterValue: HyperparameterValue? { .text(description) }
}

extension Hyperparameter {
  /// What an attack increases.
  public static func loss(_ path: any WritableKeyPath<Owner, Loss> & Sendable) -> Hyperparameter {
    .text(
      "loss", path, expected: "one of \(Loss.names.joined(separator: ", "))", examples: Loss.names,
      "What the attack increases.")
  }

  /// What an attack increases, where that depends on something else unless it is given; `standard` says how.
  public static func loss(
    _ path: any WritableKeyPath<Owner, Loss?> & Sendable, standard: String
  ) -> Hyperparameter {
    .text(
      "loss", path, expected: "one of \(Loss.names.joined(separator: ", "))", examples: Loss.names,
      standard: standard, "What the attack increases.")
  }
}
