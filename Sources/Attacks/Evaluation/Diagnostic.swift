import Networks

/// A sign that a robust accuracy is not what it seems, each explained in one line.
///
/// AutoAttack's checks (Croce and Hein, arXiv 2003.01690), those of Carlini et al., *On evaluating adversarial
/// robustness*, arXiv 1902.06705, and the indicators of Pintor et al., *Indicators of attack failure*, arXiv 2106.09947.
public enum Diagnostic: Hashable, Codable, Sendable {
  /// The model answers differently to the same image.
  case outputIsRandom(examples: Int, of: Int)
  /// The outputs are probabilities, not logits: where they saturate, gradients vanish.
  case outputIsProbability
  /// Attacks that search broke examples that every attack by gradients alone left standing.
  case blackBoxIsStronger(examples: Int, radius: Float)
  /// One step broke examples that many steps left standing.
  case oneStepIsStronger(examples: Int, radius: Float)
  /// An attack broke fewer examples within a larger radius.
  case accuracyRises(attack: String, examples: Int, radius: Float)
  /// An attack that ignores the defence broke examples that one which knows it left standing.
  case transferIsStronger(examples: Int, radius: Float)
  /// Examples found on another model broke some that the attack on the model itself left standing. Models are counted from 0.
  case surrogateIsStronger(examples: Int, surrogate: Int, target: Int)
  /// Examples stand within a ball that holds every valid image.
  case unboundedAttackFails(examples: Int, of: Int)
  /// Twice the steps break more examples: the loss was still rising.
  case moreStepsAreStronger(examples: Int, of: Int, steps: Int)
  /// The same attack with another seed breaks more examples.
  case otherSeedIsStronger(examples: Int, of: Int, attack: String)
}

extension Diagnostic: CustomStringConvertible {
  /// What was found, what it means, and what to do.
  public var description: String {
    switch self {
    case .outputIsRandom(let examples, let count):
      "the model gave other logits when it was asked again, for \(examples) of \(count) images: average gradients over "
        + "draws (eot-pgd, or the suite autoattack-rand)"
    case .outputIsProbability:
      "the outputs look like probabilities, whose gradients vanish where they saturate: attack the logits, or the margin"
    case .blackBoxIsStronger(let examples, let radius):
      "\(examples) examples at eps = \(radius) fell to a search and to no attack by gradients alone: gradients are masked"
    case .oneStepIsStronger(let examples, let radius):
      "\(examples) examples at eps = \(radius) fell to one step and not to many: gradients are masked, or the steps are "
        + "badly chosen"
    case .accuracyRises(let attack, let examples, let radius):
      "\(attack) left \(examples) examples standing at eps = \(radius) that it broke within a smaller radius: it does not "
        + "converge; they count as broken"
    case .transferIsStronger(let examples, let radius):
      "\(examples) examples at eps = \(radius) fell to the attack that ignores the defence and not to the one that knows "
        + "it: the gradients through the defence are poor"
    case .surrogateIsStronger(let examples, let surrogate, let target):
      "\(examples) examples found on model \(surrogate + 1) break model \(target + 1), and those found on it do not: its "
        + "gradients are masked, or the attack does not converge"
    case .unboundedAttackFails(let examples, let count):
      "\(examples) of \(count) examples stand even where every image is in the ball: the attacks fail, whatever the model"
    case .moreStepsAreStronger(let examples, let count, let steps):
      "\(steps) steps break \(examples) of \(count) examples that half as many left standing: use more steps"
    case .otherSeedIsStronger(let examples, let count, let attack):
      "\(attack) with another seed breaks \(examples) of \(count) examples that stood: use more restarts"
    }
  }
}

extension Diagnostic {
  /// Whether so many examples are worth a word. A few are let pass, for attacks that draw at random differ by chance: two,
  /// and 0.2 % as in AutoAttack's check of black-box attacks.
  static func isMoreThanChance(_ examples: Int, of count: Int) -> Bool {
    examples > 2 && Double(examples) > 0.002 * Double(count)
  }
}

extension SuiteSummary {
  /// What the results themselves tell, without another pass of the model.
  public var diagnostics: [Diagnostic] {
    let radius = threat.radius
    func isMore(_ examples: Int) -> Bool { Diagnostic.isMoreThanChance(examples, of: union.count) }
    var found: [Diagnostic] = []
    if isMore(searchedOnly) { found.append(.blackBoxIsStronger(examples: searchedOnly, radius: radius)) }
    // In a cascade many steps get only what one step left.
    if isMore(steppedOnly), attacks.allSatisfy({ $0.rowCount == union.count }) {
      found.append(.oneStepIsStronger(examples: steppedOnly, radius: radius))
    }
    for result in attacks where isMore(result.brokenBefore) {
      found.append(.accuracyRises(attack: result.attack.title, examples: result.brokenBefore, radius: radius))
    }
    if let weaker = attacks.map(\.obliviousOnly).max(), isMore(weaker) {
      found.append(.transferIsStronger(examples: weaker, radius: radius))
    }
    return found
  }
}

extension SuiteResult {
  /// What the results themselves tell, without another pass of the model.
  public var diagnostics: [Diagnostic] { summary.diagnostics }

  /// How many examples fell to attacks that search and to none by gradients alone. In a cascade a black box gets only what
  /// gradients left.
  var searchedOnly: Int { count(brokenBy: { $0.searches }, andNotBy: { !$0.searches }) }

  /// How many examples fell to one step and to none of many.
  var steppedOnly: Int {
    count(
      brokenBy: { $0 is FastGradient }, andNotBy: { !($0 is any BlackBoxAttack) && !($0 is FastGradient) })
  }

  /// None where there are no attacks of one of both kinds.
  private func count(brokenBy first: (any Attack) -> Bool, andNotBy second: (any Attack) -> Bool) -> Int {
    guard let first = broken(by: first), let second = broken(by: second) else { return 0 }
    return first.subtracting(second).count
  }

  private func broken(by isIncluded: (any Attack) -> Bool) -> Set<Int>? {
    let own = attacks.filter { isIncluded($0.attack) }
    guard !own.isEmpty else { return nil }
    return Set(own.flatMap { found in zip(found.rows, found.judgement.worst.shares).filter { $1 == 0 }.map(\.0) })
  }
}

extension AttackResult {
  /// How many examples it left standing that it broke within a smaller radius.
  var brokenBefore: Int {
    zip(rows, judgement.worst.shares).count { $1 > 0 && accuracies.shares[$0] == 0 }
  }

  /// How many examples fell to the attack that ignores the defence, and not to the one that knows it.
  var obliviousOnly: Int {
    guard let oblivious = judgement.oblivious, let adaptive = judgement.adaptive else { return 0 }
    return zip(oblivious.shares, adaptive.shares).count { $0 == 0 && $1 == 1 }
  }
}

extension Attack {
  /// Whether it finds its way without gradients, or not by them alone.
  fileprivate var searches: Bool { self is any BlackBoxAttack || self is SquareAscent }
}
