public import Hyperparameters

/// Every attack there is.
public enum AttackCatalog {
  /// The attacks by kind: white box, black box.
  public static let attacks: [any Attack.Type] = [
    FastGradient.self,
    ProjectedGradient.self,
    UniformNoise.self,
  ]

  /// The names on the command line.
  public static var names: [String] { attacks.map { $0.name } }

  /// The attack that a word such as `pgd` or `pgd:steps=20` asks for, its name in upper or lower case.
  ///
  /// - Throws: `HyperparameterError` for a name that no attack has, or a value out of its range.
  public static func attack(_ text: String) throws(HyperparameterError) -> any Attack {
    let (type, text) = try MethodText.method(of: text, among: attacks, kind: "attack") { $0 }
    return try type.init(text)
  }
}
