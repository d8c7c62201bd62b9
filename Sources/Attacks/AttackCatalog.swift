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

  /// The attack of that name, in upper or lower case, with its default hyper-parameters.
  public static func attack(named name: String) throws(AttackError) -> any Attack {
    guard let type = attacks.first(where: { $0.name == name.lowercased() }) else {
      throw .unknown(name: name, known: names)
    }
    return type.init()
  }
}
