internal import Attacks
internal import Glibc
internal import Reports

/// What there is to say about one attack below a table.
enum AttackNotes {
  /// What a black-box attack needs; nil for others, and where it broke nothing.
  static func queries(_ attack: any Attack, _ evaluation: EvaluationSummary) -> String? {
    guard let queries = evaluation.queriesToSuccess, !queries.isEmpty else { return nil }
    let median = NumberFormat.count(queries[queries.count / 2])
    let ninth = NumberFormat.count(queries[min(queries.count - 1, queries.count * 9 / 10)])
    return "queries to success, \(attack.title): median \(median), nine tenths within \(ninth)"
  }

  /// What is left of the successes in an image file; nil where that was not asked.
  static func rounding(_ attack: any Attack, _ evaluation: EvaluationSummary) -> String? {
    let broken = evaluation.rounded
    guard broken.count > 0 else { return nil }
    return "rounded pixels, \(attack.title): \(NumberFormat.count(broken.hits)) of "
      + "\(counted(broken.count, "success is", "successes are")) still adversarial"
  }

  /// How far a minimum-norm attack had to go, whatever the radius.
  static func norms(_ attack: any Attack, _ evaluation: EvaluationSummary) -> String {
    let norms = evaluation.minimumNorms
    let median = norms.median.map { NumberFormat.significant($0) } ?? NumberFormat.missing
    let mean = norms.mean.map { NumberFormat.significant($0) } ?? NumberFormat.missing
    return "\(attack.title): median norm \(median), mean \(mean) of the \(NumberFormat.count(norms.found.count)) found "
      + "out of \(NumberFormat.count(norms.attacked))"
  }
}

/// How far a minimum-norm attack had to go, in JSON.
struct MinimumNormRecord: Encodable {
  /// The median over all attacked examples; null where no adversarial point is known of the one in the middle.
  let median: JSONNumber
  /// The mean of those found.
  let mean: JSONNumber
  /// The number of examples that were attacked.
  let attacked: Int
  /// All distances found, ascending: the whole security curve.
  let found: [Float]

  /// Nil for an attack of another kind.
  init?(_ attack: any Attack, _ evaluation: EvaluationSummary) {
    guard attack is any MinimumNormAttack else { return nil }
    let norms = evaluation.minimumNorms
    (median, mean) = (JSONNumber(norms.median), JSONNumber(norms.mean))
    (attacked, found) = (norms.attacked, norms.found)
  }
}

/// The share of the attacked examples that a black-box attack breaks with so many queries each, in JSON.
struct QueryRecord: Encodable {
  let queries: Int
  let successRate: JSONNumber

  /// At 1, 2, 5, 10, 20, … up to the first number that is enough; nil for attacks of another kind.
  static func curve(_ evaluation: EvaluationSummary) -> [QueryRecord]? {
    guard let queries = evaluation.queriesToSuccess else { return nil }
    let all = (0..<18).flatMap { power in [1, 2, 5].map { $0 * Int(pow(10.0, Double(power))) } }
    let enough = all.firstIndex { $0 >= queries.last ?? 0 } ?? all.count - 1
    let steps = queries.isEmpty ? [] : all[...enough]
    return steps.map { QueryRecord(queries: $0, successRate: JSONNumber(evaluation.successRate(within: $0))) }
  }
}

extension EvaluationSummary {
  /// The successes that are left when pixels are rounded; nil where that was not asked.
  var roundedSuccesses: Int? { rounded.count > 0 ? rounded.hits : nil }
}
