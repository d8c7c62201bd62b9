public import Hyperparameters
public import Networks

/// A step along one vector of an orthonormal basis after the other, kept where the loss grows:
///
///     x ← P(x + εq)  if that increases the loss, else  P(x − εq)  if that does
///
/// Guo, Gardner, You, Wilson and Weinberger, *Simple black-box adversarial attacks*, arXiv 1905.07121. The vectors are single
/// scalars in random order, or those of the discrete cosine transform of each channel: first the lowest `frequencies` in
/// either direction in random order, then the next lowest, and so on. A feature vector is transformed as one row.
///
/// In the paper T steps are within ε√T in L2, and that is the budget; here every point is projected onto ball and box, so that
/// the search goes on at the rim, until its queries are spent, from the first vector again. In L∞ the projection clips, as
/// the authors' code does with a bound; there the steps along cosines are summed unclipped, as in that code, for a step that
/// is clipped is along no single cosine, and the search would soon stand still. A direction takes one query where its first sign will do, else two, as in the paper
/// (ART makes both each time), and none where it leads nowhere, such as below black. The loss is that of the label's
/// logarithmic probability, which decides as the probability does, but does not round to 1. `step-size` is in stored pixel units;
/// 0.2 as in the paper, 0.1 in ART.
public struct SimpleBlackBox: BlackBoxAttack {
  /// The vectors along which to step.
  public enum Basis: String, CaseIterable, Codable, HyperparameterType {
    /// Single scalars.
    case pixel
    /// Those of the discrete cosine transform.
    case dct
  }

  /// Name, title and source.
  public static let method = Method(
    name: "simba", title: "SimBA", summary: "Steps along pixels or cosines in turn, kept where the loss grows.",
    citation: "Guo, Gardner, You, Wilson and Weinberger, arXiv 1905.07121")
  /// That of the paper, and that of its code.
  public static let norms: [Norm] = [.linf, .l2]

  /// The queries for each example at most.
  public var queries = 10_000
  /// The length of a step.
  public var stepSize: Float = 0.2
  /// The vectors along which to step.
  public var basis = Basis.pixel
  /// How many frequencies in each direction come first.
  public var frequencies = 4
  /// What is increased.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SimpleBlackBox>] = [
    .integer("queries", \.queries, in: 2...1_000_000_000, "Queries for each example at most."),
    .number("step-size", \.stepSize, .above(0), unit: "pixels", "The length of a step."),
    .choice("basis", \.basis, of: Basis.allCases.map(\.rawValue), "The vectors along which to step."),
    .integer(
      "frequencies", \.frequencies, in: 1...1_000_000, "With basis=dct: the lowest frequencies that come first."),
    .loss(\.loss),
  ]

  /// The title, with a basis other than pixels.
  public var title: String { basis == .pixel ? Self.method.title : "\(Self.method.title), \(basis.rawValue)" }

  /// What decides.
  public var ascendedLoss: Loss? { loss }

  /// The queries.
  public var passesPerExample: Double { Double(queries) }

  /// 10,000 queries along pixels.
  public init() {}

  /// Creates an attack.
  public init(
    queries: Int, stepSize: Float = SimpleBlackBox().stepSize, basis: Basis = SimpleBlackBox().basis,
    frequencies: Int = SimpleBlackBox().frequencies, loss: Loss = SimpleBlackBox().loss
  ) {
    self.queries = queries
    self.stepSize = stepSize
    self.basis = basis
    self.frequencies = frequencies
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    guard task.threat.radius > 0 else { return task.images }
    var active = ActivePoints(task, points: task.images)
    active.retireUnaffordable(2, model: model)
    guard !active.isEmpty else { return active.finished() }
    var (losses, reached) = try active.task.samples(of: active.points, loss: loss, model: model)
    var walks = active.task.ids.map { BasisWalk(basis: steps(of: task.images.shape.example), id: $0) }
    var sums = active.points
    func retire(where isDone: [Bool]) {
      guard let open = active.retire(where: isDone) else { return }
      (losses, walks, sums) = (open.map { losses[$0] }, open.map { walks[$0] }, sums.gathering(open))
    }
    retire(where: reached)
    for _ in 1..<queries {
      retire(where: model.canAfford(1, for: active.task.ids).map { !$0 })
      var (candidates, moved) = propose(&walks, from: active, sums: sums)
      let isStuck = walks.map(\.isStuck)
      if isStuck.contains(true) {
        let open = isStuck.indices.filter { !isStuck[$0] }
        (candidates, moved) = (candidates.gathering(open), moved.gathering(open))
        retire(where: isStuck)
      }
      guard !active.isEmpty else { break }
      let seen = try active.task.samples(of: candidates, loss: loss, model: model)
      reached = seen.isReached
      let better = reached.indices.filter { reached[$0] || seen.losses[$0] > losses[$0] }
      active.points.scatter(candidates.gathering(better), to: better)
      sums.scatter(moved.gathering(better), to: better)
      for row in better {
        losses[row] = seen.losses[row]
        walks[row].accept()
      }
      retire(where: reached)
    }
    return active.finished()
  }

  private func steps(of example: Shape) -> StepBasis {
    switch basis {
    case .pixel: .scalars(count: example.count)
    case .dct: .cosines(CosineBasis(example, frequencies: frequencies))
    }
  }

  /// The next point of each example that differs from the one it has, and the sum of its steps then; a walk without one
  /// is stuck.
  private func propose(
    _ walks: inout [BasisWalk], from active: ActivePoints, sums: Tensor<Float>
  ) -> (points: Tensor<Float>, sums: Tensor<Float>) {
    var (proposals, nextSums) = (active.points, sums)
    let size = proposals.exampleSize
    let threat = active.task.threat
    var open = Array(walks.indices)
    for _ in 0..<2 * size where !open.isEmpty {
      var moved = sums.gathering(open)
      moved.withUnsafeMutableScalars { moved in
        for (position, row) in open.enumerated() {
          let part = moved[position * size..<(position + 1) * size]
          walks[row].step(UnsafeMutableBufferPointer(rebasing: part), by: stepSize, random: active.task.random)
        }
      }
      var candidates = moved
      threat.project(&candidates, around: active.task.images.gathering(open))
      let isNew = Norm.l0.distances(from: active.points.gathering(open), to: candidates).map { $0 > 0 }
      let new = isNew.indices.filter { isNew[$0] }
      proposals.scatter(candidates.gathering(new), to: new.map { open[$0] })
      nextSums.scatter(
        (basis == .dct && threat.norm == .linf ? moved : candidates).gathering(new), to: new.map { open[$0] })
      open = isNew.indices.filter { !isNew[$0] }.map { open[$0] }
    }
    for row in open { walks[row].isStuck = true }
    return (proposals, nextSums)
  }
}
