import Attacks
import Networks
import TestSupport
import Testing

private let threat = ThreatModel(norm: .linf, radius: 0.1)
private let gradient = ProjectedGradient(steps: 10)

/// What one attack found on some examples under a defence: for each of them the shares of right answers to the attack that
/// ignores the defence, and to the one that knows it.
private func found(_ attack: any Attack, _ shares: [(Double, Double)], rows: [Int]? = nil, before: [Double]? = nil)
  -> AttackResult
{
  let rows = rows ?? Array(shares.indices)
  let judgement = AttackJudgement(
    bare: nil, oblivious: ExampleAccuracies(shares: shares.map(\.0), invalid: [0]),
    adaptive: ExampleAccuracies(shares: shares.map(\.1)))
  let accuracies = before ?? shares.map { min($0, $1) }
  return AttackResult(
    attack: attack, judgement: judgement, rows: rows, accuracies: ExampleAccuracies(shares: accuracies))
}

private func result(_ attacks: [AttackResult], count: Int) -> SuiteResult {
  let all = ExampleAccuracies(shares: Array(repeating: 1, count: count))
  var result = SuiteResult(
    threat: threat, clean: CleanAccuracies(bare: nil, evaluated: all), smaller: nil, requested: attacks.map(\.attack))
  result.attacks = attacks
  return result
}

@Suite struct SuiteSummaryTests {
  /// The shares of a randomised defence are rounded, and so is their sum: in the same way for parts and whole.
  @Test func partsComeToTheWhole() throws {
    let shares = (0..<60).map { (Double($0 % 8) / 7, Double($0 % 12) / 11) }
    let whole = SuiteSummary(result([found(gradient, shares)], count: 60))
    var sum = SuiteSummary(result([found(gradient, Array(shares[..<13]))], count: 13))
    for range in [13..<14, 14..<60] {
      sum.add(result([found(gradient, Array(shares[range]))], count: range.count))
    }
    #expect(sum.union.accuracy == whole.union.accuracy && sum.union.interval == whole.union.interval)
    let (one, other) = (try #require(sum.attacks.first), try #require(whole.attacks.first))
    #expect(one.oblivious?.accuracy == other.oblivious?.accuracy && one.adaptive == other.adaptive)
    #expect(sum.worstOblivious?.accuracy == whole.worstOblivious?.accuracy && sum.worstAdaptive == whole.worstAdaptive)
    #expect(sum.worstBare == nil && whole.worstBare == nil && sum.bareClean == nil)
    #expect(one.oblivious?.invalidCount == 3 && one.rowCount == 60 && sum.clean == whole.clean)
    let expected = shares.reduce(0) { $0 + $1.1 } / 60
    #expect(one.adaptive?.accuracy == expected)
  }

  /// Whoever got only some of the examples is not worst of all.
  @Test func columnsThatAreNotKnownOfAllAreNotKnown() {
    let (all, some) = ([(0.5, 0.5), (0, 0)], [(0.25, 0.25)])
    let whole = result([found(gradient, all), found(FastGradient(), all)], count: 2)
    let cascade = result(
      [found(gradient, all), found(FastGradient(), some, rows: [0], before: [0.25, 0])], count: 2)
    for parts in [[whole, cascade], [cascade, whole]] {
      var sum = SuiteSummary(parts[0])
      sum.add(parts[1])
      #expect(sum.worstAdaptive == nil && sum.worstOblivious == nil)
      #expect(sum.attacks.map(\.rowCount) == [4, 3] && sum.union.count == 4)
    }
    var sum = SuiteSummary(whole)
    sum.add(whole)
    #expect(sum.worstAdaptive?.accuracy == 0.25)
  }

  /// Two examples are chance; two of each of several parts are not.
  @Test func diagnosticsAreThoseOfAllExamples() {
    let (broken, standing): ([(Double, Double)], [(Double, Double)]) = ([(0, 0), (0, 0)], [(1, 1), (1, 1)])
    func diagnostics(_ attacks: [AttackResult], parts: Int) -> [Diagnostic] {
      var sum = SuiteSummary(result(attacks, count: 2))
      for _ in 1..<parts { sum.add(result(attacks, count: 2)) }
      return sum.diagnostics
    }
    for (attacks, sign) in [
      ([found(gradient, standing), found(UniformNoise(), broken)], .blackBoxIsStronger(examples: 4, radius: 0.1)),
      ([found(FastGradient(), broken), found(gradient, standing)], .oneStepIsStronger(examples: 4, radius: 0.1)),
      (
        [found(gradient, standing, before: [0, 0])],
        .accuracyRises(attack: gradient.title, examples: 4, radius: 0.1)
      ),
      ([found(gradient, [(0, 1), (0, 1)])], .transferIsStronger(examples: 4, radius: 0.1)),
    ] as [([AttackResult], Diagnostic)] {
      #expect(diagnostics(attacks, parts: 1) == [])
      #expect(diagnostics(attacks, parts: 2) == [sign])
    }
    // What got only the rest is not weaker for that.
    let rest = [found(FastGradient(), broken), found(gradient, [], rows: [], before: [0, 0])]
    #expect(diagnostics(rest, parts: 2) == [])
    #expect(diagnostics([found(gradient, standing), found(gradient, standing)], parts: 2) == [])
  }
}
