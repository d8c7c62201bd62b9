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

extension SuiteResult {
  /// What the results themselves tell, without another pass of the model.
  public var diagnostics: [Diagnostic] {
    func broken(_ isIncluded: (any Attack) -> Bool) -> Set<Int>? {
      let own = attacks.filter { isIncluded($0.attack) }
      guard !own.isEmpty else { return nil }
      return Set(own.flatMap { found in zip(found.rows, found.judgement.worst.shares).filter { $1 == 0 }.map(\.0) })
    }
    func count(_ first: Set<Int>?, beyond second: Set<Int>?) -> Int? {
      guard let first, let second else { return nil }
      let count = first.subtracting(second).count
      return isMore(count) ? count : nil
    }
    func isMore(_ count: Int) -> Bool { Diagnostic.isMoreThanChance(count, of: union.count) }
    var found: [Diagnostic] = []
    let gradients = broken { !$0.searches }
    // In a cascade a black box gets only what gradients left.
    if let count = count(broken(\.searches), beyond: gradients) {
      found.append(.blackBoxIsStronger(examples: count, radius: threat.radius))
    }
    let many = broken { !($0 is any BlackBoxAttack) && !($0 is FastGradient) }
    if let count = count(broken { $0 is FastGradient }, beyond: many),
      attacks.allSatisfy({ $0.rows.count == union.count })
    {
      found.append(.oneStepIsStronger(examples: count, radius: threat.radius))
    }
    for result in attacks {
      let raw = result.judgement.worst
      let carried = zip(result.rows, raw.shares).count { $1 > 0 && result.accuracies.shares[$0] == 0 }
      if isMore(carried) {
        found.append(.accuracyRises(attack: result.attack.title, examples: carried, radius: threat.radius))
      }
    }
    let weaker =
      attacks.compactMap { result -> Int? in
        guard let oblivious = result.judgement.oblivious, let adaptive = result.judgement.adaptive else { return nil }
        return zip(oblivious.shares, adaptive.shares).count { $0 == 0 && $1 == 1 }
      }.max() ?? 0
    if isMore(weaker) {
      found.append(.transferIsStronger(examples: weaker, radius: threat.radius))
    }
    return found
  }
}

extension Attack {
  /// Whether it finds its way without gradients, or not by them alone.
  fileprivate var searches: Bool { self is any BlackBoxAttack || self is SquareAscent }
}
