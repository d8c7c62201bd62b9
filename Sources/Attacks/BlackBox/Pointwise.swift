import Glibc
public import Hyperparameters
public import Networks

/// Scalars of an adversarial image set back to those of the image, one after the other, as long as it stays adversarial.
///
///     x_i ← x₀_i                      where it stays adversarial, in random order, until no scalar can be set back
///     x_i ← towards x₀_i by halving   where it does not (L2)
///
/// Schott, Rauber, Bethge and Brendel, *Towards the first adversarially robust neural network model on MNIST*,
/// arXiv 1805.09190, in the form of Foolbox. A run begins with the sparsest of 20 images of salt-and-pepper noise, each on a
/// growing number of scalars in up to 50 steps, or where none is adversarial with a mixture of image and uniform noise. For
/// L2 each scalar that can't be set back is moved as far as ten halvings find, in several rounds. Where a run ends depends
/// on its start and order, so that the nearest of five is kept; Foolbox makes one, from a start that takes it 1000 steps.
///
/// Foolbox makes rounds until none changes anything in the whole batch; here an example is done by itself, after ten of each
/// kind at most.
public struct Pointwise: DecisionAttack, MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "pointwise", title: "Pointwise attack",
    summary: "Sets scalars of a noisy image back to those of the image, one after the other.",
    citation: "Schott, Rauber, Bethge and Brendel, arXiv 1805.09190")
  /// Those of the paper.
  public static let norms: [Norm] = [.l2, .l0]

  /// The number of runs, each from a start of its own.
  public var restarts = 5
  /// The largest number of rounds over all scalars, of each kind.
  public var rounds = 10
  /// The halvings between a scalar that is adversarial and that of the image; for L2 alone.
  public var bisections = 10
  /// The largest number of random images drawn for a start.
  public var draws = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Pointwise>] = [
    .integer(
      "restarts", \.restarts, in: 1...1_000_000, "Runs from other starts; the nearest for every example is kept."),
    .integer("rounds", \.rounds, in: 1...1_000_000, "Rounds over all scalars of each kind, at most."),
    .integer("bisections", \.bisections, in: 0...60, "Halvings towards a scalar of the image, for L2."),
    .draws(\.draws),
  ]

  /// Not known before: it depends on the number of scalars. This is for a thousand, and a few rounds.
  public var passesPerExample: Double { 1000 * Double(rounds * restarts) }

  /// Five runs of ten rounds.
  public init() {}

  /// Creates an attack.
  public init(rounds: Int, bisections: Int = Pointwise().bisections) {
    (self.rounds, self.bisections) = (rounds, bisections)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    for restart in 0..<restarts {
      let found = try run(task, restart: restart, model: model)
      nearest.enter(found.points, where: found.isFound)
    }
    return nearest.points
  }

  private func run(_ task: AttackTask, restart: Int, model: DecisionModel) throws -> NearestPoints {
    let (starts, isFound) = try starts(of: task, restart: restart, model: model)
    var search = DecisionSearch(task, from: starts, where: isFound, model: model, queries: .max)
    var points = search.points
    try repeatedly(&points, &search, lane: 2 * restart + 1) { points, rows, indices, search in
      try setBack(&points, rows, indices, &search)
    }
    guard task.threat.norm == .l2 else { return search.nearest }
    // Those that could not be set back any further go on from where they are.
    search = DecisionSearch(
      task, from: search.nearest.points, where: search.nearest.isFound, model: model, queries: .max)
    points = search.points
    try repeatedly(&points, &search, lane: 2 * restart + 2) { points, rows, indices, search in
      try halve(&points, rows, indices, &search)
    }
    return search.nearest
  }

  /// Changes scalars in rounds of random order; an example leaves after a round without a change.
  private func repeatedly(
    _ points: inout Tensor<Float>, _ search: inout DecisionSearch, lane: Int,
    change: (inout Tensor<Float>, _ rows: [Int], _ indices: [Int], inout DecisionSearch) throws -> [Bool]
  ) throws {
    for round in 0..<rounds {
      if let open = search.retireFinished() { points = points.gathering(open) }
      guard !search.isFinished else { return }
      let orders = search.examples.map { row in
        let scalars = zip(points.examples(row..<row + 1).scalars, search.task.images.examples(row..<row + 1).scalars)
        var order = scalars.enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        var stream = search.task.random.stream(.search, example: search.task.ids[row], step: round, lane: lane)
        stream.shuffle(&order)
        return order
      }
      var isChanged = Array(repeating: false, count: orders.count)
      for turn in 0..<(orders.map(\.count).max() ?? 0) {
        let rows = orders.indices.filter { orders[$0].count > turn }
        let changed = try change(&points, rows, rows.map { orders[$0][turn] }, &search)
        for (row, changed) in zip(rows, changed) where changed { isChanged[row] = true }
      }
      if let open = search.retireFinished(or: isChanged.map { !$0 }) { points = points.gathering(open) }
    }
  }

  /// Sets one scalar of each of some examples back where it stays adversarial.
  private func setBack(
    _ points: inout Tensor<Float>, _ rows: [Int], _ indices: [Int], _ search: inout DecisionSearch
  ) throws -> [Bool] {
    let candidates = points.gathering(rows).mixed(
      at: indices, with: search.task.images.gathering(rows), shares: rows.map { _ in 1 })
    let isReached = try search.look(at: candidates, of: rows)
    let reached = rows.indices.filter { isReached[$0] }
    points.scatter(candidates.gathering(reached), to: reached.map { rows[$0] })
    return isReached
  }

  /// The same, and where it does not stay adversarial moves it as far as halving finds.
  private func halve(
    _ points: inout Tensor<Float>, _ rows: [Int], _ indices: [Int], _ search: inout DecisionSearch
  ) throws -> [Bool] {
    var isChanged = try setBack(&points, rows, indices, &search)
    let kept = rows.indices.filter { !isChanged[$0] }
    guard !kept.isEmpty else { return isChanged }
    let open = kept.map { rows[$0] }
    let chosen = kept.map { indices[$0] }
    let (images, before) = (search.task.images.gathering(open), points.gathering(open))
    func moved(_ places: [Int], _ left: [Double]) -> Tensor<Float> {
      before.gathering(places).mixed(
        at: places.map { chosen[$0] }, with: images.gathering(places), shares: left.map { 1 - $0 })
    }
    let left = try search.bisect(
      from: open.map { _ in 0 }, to: open.map { _ in 1 }, tolerance: open.map { _ in exp2(-Double(bisections)) },
      of: open, point: moved)
    points.scatter(moved(Array(open.indices), left), to: open)
    for (place, left) in zip(kept, left) where left < 1 { isChanged[place] = true }
    return isChanged
  }

  /// The sparsest salt and pepper that is adversarial; uniform noise where none is.
  private func starts(
    of task: AttackTask, restart: Int, model: DecisionModel
  ) throws -> (points: Tensor<Float>, isFound: [Bool]) {
    let shares = DecisionSearch.shares
    var (points, fewest) = (task.images, Array(repeating: shares + 1, count: task.count))
    for draw in 0..<min(draws, Pointwise.noisyDraws) {
      // Where ten have failed, so will others.
      var open = fewest.indices.filter { draw < 10 || fewest[$0] <= shares }
      for step in (draw == 0 ? 0 : 1)...shares {
        open = task.affordable(open.filter { fewest[$0] > step }, by: model)
        guard !open.isEmpty else { break }
        let noisy = task.saltAndPepper(
          open, draw: restart * Pointwise.noisyDraws + draw, share: Double(step) / Double(shares))
        let isReached = try task.gathering(open).isReached(at: noisy, model: model)
        let reached = open.indices.filter { isReached[$0] }
        points.scatter(noisy.gathering(reached), to: reached.map { open[$0] })
        for position in reached { fewest[open[position]] = step }
      }
    }
    var isFound = fewest.map { $0 <= shares }
    let rest = isFound.indices.filter { !isFound[$0] }
    let (others, areFound) = try task.gathering(rest).noiseStarts(
      draws: draws, shares: DecisionSearch.shares, model: model)
    points.scatter(others, to: rest)
    for (row, isAdversarial) in zip(rest, areFound) { isFound[row] = isAdversarial }
    return (points, isFound)
  }

  /// The images of salt and pepper that are tried.
  private static let noisyDraws = 20
}

extension AttackTask {
  /// The images of some examples with a share of their scalars, in random order, at random ends of the box.
  fileprivate func saltAndPepper(_ rows: [Int], draw: Int, share: Double) -> Tensor<Float> {
    let ranges = PixelRanges(threat.bounds, example: images.shape.example)
    var points = images.gathering(rows)
    points.forEachExample { position, point in
      var stream = random.stream(.randomStart, example: ids[rows[position]], step: draw, lane: 2)
      let order = stream.permutation(point.count)
      for index in order.prefix(Int((share * Double(point.count)).rounded(.up))) {
        point[index] = stream.word() & 1 == 0 ? ranges[index].lowerBound : ranges[index].upperBound
      }
    }
    return points
  }
}

extension Tensor<Float> {
  /// The same with one scalar of each example mixed with that of another tensor.
  fileprivate func mixed(at indices: [Int], with other: Tensor, shares: [Double]) -> Tensor {
    var result = self
    result.forEachExample(with: other) { row, scalars, others in
      let (index, share) = (indices[row], shares[row])
      scalars[index] = Float((1 - share) * Double(scalars[index]) + share * Double(others[index]))
    }
    return result
  }
}
