import Networks

/// A search for the nearest adversarial point of each example by decisions alone.
///
/// It stands between an attack and the model. Every adversarial point that it looks at is kept where it is the nearest so
/// far. A question that an example has no budget for is not asked, and the answer is no: nothing gets nearer by it. At
/// work are the examples that have an adversarial start other than the image itself.
struct DecisionSearch {
  /// The examples at work.
  private(set) var task: AttackTask
  /// The nearest adversarial point of every example.
  private(set) var nearest: NearestPoints

  private let model: DecisionModel
  private var rows: [Int]
  private var queriesLeft: [Int]

  /// A search from points of which some are adversarial.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - starts: A point for each.
  ///   - isFound: Whether it is adversarial.
  ///   - model: The model.
  ///   - queries: The questions that the search may ask for each example from here on.
  init(_ task: AttackTask, from starts: Tensor<Float>, where isFound: [Bool], model: DecisionModel, queries: Int) {
    (self.task, self.model) = (task, model)
    nearest = NearestPoints(task)
    rows = Array(0..<task.count)
    queriesLeft = Array(repeating: queries, count: task.count)
    nearest.enter(starts, where: isFound)
    retireFinished(or: isFound.map { !$0 })
  }

  /// A search from mixtures of the images with random pixels; see `AttackTask.noiseStarts`.
  init(_ task: AttackTask, draws: Int, model: DecisionModel, queries: Int = .max) throws {
    let (starts, isFound) = try task.noiseStarts(draws: draws, shares: DecisionSearch.shares, model: model)
    self.init(task, from: starts, where: isFound, model: model, queries: queries)
  }

  /// The shares in which noise is mixed in, 50 as in Foolbox's decision attacks.
  static let shares = 50

  /// Whether every example is done.
  var isFinished: Bool { rows.isEmpty }

  /// The numbers of the examples at work: 0, 1, 2, …
  var examples: [Int] { Array(rows.indices) }

  /// The nearest adversarial point of each example at work.
  var points: Tensor<Float> { nearest.points.gathering(rows) }

  /// Takes out examples that can get no nearer, may ask no more, or are done for another reason.
  ///
  /// - Returns: Of the examples that were at work those that still are; nil where all of them are.
  @discardableResult
  mutating func retireFinished(or isDone: [Bool]? = nil) -> [Int]? {
    let canAsk = affordable(examples)
    let open = examples.filter { canAsk[$0] && nearest.distances[rows[$0]] > 0 && isDone?[$0] != true }
    guard open.count < rows.count else { return nil }
    task = task.gathering(open)
    rows = open.map { rows[$0] }
    queriesLeft = open.map { queriesLeft[$0] }
    return open
  }

  /// Whether candidates are adversarial; those that are may be given back.
  ///
  /// - Parameters:
  ///   - candidates: Points in the box.
  ///   - examples: The example of each, none twice.
  /// - Returns: An answer for each.
  /// - Throws: What the model throws.
  mutating func look(at candidates: Tensor<Float>, of examples: [Int]) throws -> [Bool] {
    let isReached = try probe(candidates, of: examples)
    nearest.enter(candidates, where: isReached, rows: examples.map { rows[$0] })
    return isReached
  }

  /// Whether points are adversarial, any number of them for an example; none of them will be given back.
  mutating func probe(_ points: Tensor<Float>, of examples: [Int]) throws -> [Bool] {
    let canAsk = affordable(examples)
    let asked = canAsk.indices.filter { canAsk[$0] }
    var answers = Array(repeating: false, count: examples.count)
    guard !asked.isEmpty else { return answers }
    let decisions = try model.decisions(
      of: asked.count == examples.count ? points : points.gathering(asked),
      for: asked.map { task.ids[examples[$0]] })
    for (position, decision) in zip(asked, decisions) {
      answers[position] = task.goal.isReached(row: examples[position], by: decision)
      queriesLeft[examples[position]] -= 1
    }
    return answers
  }

  /// The smallest adversarial of numbers that stand for points, by halving.
  ///
  /// - Parameters:
  ///   - low: A number for each example that is not adversarial.
  ///   - high: A larger one that is.
  ///   - tolerance: How near they shall get.
  ///   - examples: The examples, none twice.
  ///   - point: The points of numbers, given the places of their examples in these arrays.
  /// - Returns: The adversarial ends of the last intervals.
  /// - Throws: What the model throws.
  mutating func bisect(
    from low: [Double], to high: [Double], tolerance: [Double], of examples: [Int],
    point: (_ places: [Int], _ numbers: [Double]) -> Tensor<Float>
  ) throws -> [Double] {
    var (low, high) = (low, high)
    // After 64 halvings the ends are neighbours in double precision.
    for _ in 0..<64 {
      let open = low.indices.filter { high[$0] - low[$0] > tolerance[$0] }
      guard !open.isEmpty else { break }
      let middles = open.map { low[$0] + (high[$0] - low[$0]) / 2 }
      let isReached = try look(at: point(open, middles), of: open.map { examples[$0] })
      for (position, place) in open.enumerated() {
        if isReached[position] { high[place] = middles[position] } else { low[place] = middles[position] }
      }
    }
    return high
  }

  /// Which of several questions may be asked, in this order.
  private func affordable(_ examples: [Int]) -> [Bool] {
    var asked = Array(repeating: 0, count: rows.count)
    return examples.map { example in
      asked[example] += 1
      guard asked[example] <= queriesLeft[example] else { return false }
      return !model.hasQueryBudget || model.canAfford(asked[example], for: [task.ids[example]]) == [true]
    }
  }
}
