internal import Attacks

/// How far a piece of work with several parts has come, as parts of one whole.
struct WorkPlan {
  let total: Double
  private var done = 0.0

  init(total: Double) { self.total = max(total, 1) }

  /// The part of the whole that the next run is.
  mutating func next(_ weight: Double) -> ClosedRange<Double> {
    let start = min(done / total, 1)
    done += weight
    return start...max(start, min(done / total, 1))
  }
}

/// What the attacks of one radius found together: for every example what did most harm.
struct UnionOfCandidates {
  private(set) var attacks: [any Attack] = []
  private(set) var found: EvaluatedCandidates?

  mutating func add(_ next: EvaluatedCandidates, by attack: any Attack) {
    attacks.append(attack)
    found = found.map { $0.union(next) } ?? next
  }
}
