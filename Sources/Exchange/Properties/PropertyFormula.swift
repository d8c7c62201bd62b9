/// A formula of constraints without negations, which stand in the constraints.
enum PropertyFormula {
  /// A constraint, by its index in a list.
  case constraint(Int)
  /// All of these hold. None at all: always true.
  case all([PropertyFormula])
  /// One of these holds. None at all: never true.
  case any([PropertyFormula])

  /// A conjunction. No member of it is a conjunction, or never true: so no formula is more work than its size says.
  static func conjunction(_ members: [PropertyFormula]) -> PropertyFormula {
    var flat: [PropertyFormula] = []
    for member in members {
      switch member {
      case .all(let inner): flat += inner
      case .any(let inner) where inner.isEmpty: return .any([])
      case .any, .constraint: flat.append(member)
      }
    }
    return flat.count == 1 ? flat[0] : .all(flat)
  }

  /// A disjunction. No member of it is a disjunction, or always true.
  static func disjunction(_ members: [PropertyFormula]) -> PropertyFormula {
    var flat: [PropertyFormula] = []
    for member in members {
      switch member {
      case .any(let inner): flat += inner
      case .all(let inner) where inner.isEmpty: return .all([])
      case .all, .constraint: flat.append(member)
      }
    }
    return flat.count == 1 ? flat[0] : .any(flat)
  }

  /// How many conjunctions the disjunctive normal form has, and how many constraints all of them together.
  var normalFormSize: (cases: Double, constraints: Double) {
    switch self {
    case .constraint: return (1, 1)
    case .any(let members):
      return members.reduce((0, 0)) { size, member in
        let (cases, constraints) = member.normalFormSize
        return (size.0 + cases, size.1 + constraints)
      }
    case .all(let members):
      return members.reduce((1, 0)) { size, member in
        let (cases, constraints) = member.normalFormSize
        return (size.0 * cases, size.1 * cases + constraints * size.0)
      }
    }
  }

  /// The disjunctive normal form: each element holds the constraints of one conjunction, in the order of the text.
  ///
  /// Its size is to be checked first. The recursion is no deeper than the parentheses of the text.
  var normalForm: [[Int]] {
    switch self {
    case .constraint(let index): [[index]]
    case .any(let members): members.flatMap(\.normalForm)
    case .all(let members):
      members.reduce([[]]) { cases, member in
        let more = member.normalForm
        return cases.flatMap { first in more.map { first + $0 } }
      }
    }
  }
}
