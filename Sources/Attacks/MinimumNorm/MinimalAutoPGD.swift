public import Hyperparameters
public import Networks

/// The smallest radius at which APGD succeeds, by bisection for every example.
///
/// The first radius is the largest: a hyper-parameter, or what reaches every image in the box. A run that succeeds lowers
/// the radius to the distance of its point, which may be smaller; one that fails raises it. The search ends after a number
/// of runs, or where it is known to one part in 10,000. What comes out is the nearest adversarial point that any run
/// found. See `AutoPGD`; `minimal_apgd` of adv-lib is the same with a radius up to twice the largest. Distances are in
/// stored pixel units.
public struct MinimalAutoPGD: MinimumNormAttack, FewClassFallback {
  /// Name, title and source.
  public static let method = Method(
    name: "min-apgd", title: "Minimal Auto-PGD", summary: "Bisection for the smallest radius at which APGD succeeds.",
    citation: "Croce and Hein, arXiv 2003.01690")
  /// Those of APGD.
  public static let norms = AutoPGD.norms

  /// The number of radii tried; 20 as in adv-lib.
  public var searchSteps = 20
  /// The largest radius, or nothing for one that reaches all images.
  public var maximumRadius: Float?
  /// The attack at every radius; on DLR as in adv-lib.
  public var attack = AutoPGD(loss: .logitRatio)

  /// Those of the bisection, then those of APGD.
  public static let hyperparameters: [Hyperparameter<MinimalAutoPGD>] =
    [
      .integer("search-steps", \.searchSteps, in: 1...1000, "The number of radii tried."),
      .number(
        "max-radius", \.maximumRadius, .above(0), unit: "pixels", standard: "the whole box", "The largest radius tried."
      ),
    ] + AutoPGD.hyperparameters.lifted(to: \.attack)

  /// 20 runs of 100 steps.
  public init() {}

  /// Creates an attack.
  public init(searchSteps: Int = 20, maximumRadius: Float? = nil, attack: AutoPGD = AutoPGD(loss: .logitRatio)) {
    (self.searchSteps, self.maximumRadius, self.attack) = (searchSteps, maximumRadius, attack)
  }

  /// The loss.
  public var ascendedLoss: Loss? { attack.loss }

  /// A look at the image, and for every radius those of APGD and a look at its point.
  public var passesPerExample: Double { 1 + (attack.passesPerExample + 1) * Double(searchSteps) }

  /// The margin in the place of DLR.
  public func fallback(classCount: Int) -> (any Attack)? {
    (attack.fallback(classCount: classCount) as? AutoPGD).map {
      MinimalAutoPGD(searchSteps: searchSteps, maximumRadius: maximumRadius, attack: $0)
    }
  }

  /// The nearest adversarial point found for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try task.nearestFromOpenImages(by: model) { try search($0, model: model) }
  }

  private func search(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var low = task.ids.map { _ in Float(0) }
    var high = task.threat.farthestDistances(task.images).map { min($0, maximumRadius ?? .infinity) }
    let runs = attack.settings.restarts ?? 1
    for search in 0..<searchSteps {
      let open = task.affordable(
        task.ids.indices.filter { low[$0] < high[$0] && high[$0] - low[$0] > 1e-4 * high[$0] }, by: model.queried)
      guard !open.isEmpty else { break }
      let part = task.gathering(open)
      let radii = open.map { search == 0 ? high[$0] : low[$0] + (high[$0] - low[$0]) / 2 }
      let points = try part.strongestAscent(of: runs, earlyStop: true, model: model) { part, rows, number in
        try attack.settings.run(
          part, radii: rows.map { radii[$0] }, number: search * runs + number, objective: .loss(attack.loss),
          model: model)
      }
      let found = try reached(part, points, model: model)
      nearest.enter(points, where: found, rows: open)
      for (place, row) in open.enumerated() {
        if found[place] { high[row] = min(radii[place], nearest.distances[row]) } else { low[row] = radii[place] }
      }
    }
    return nearest.points
  }

  /// Which of the points are adversarial; those that no query is left for count as not.
  private func reached(_ task: AttackTask, _ points: Tensor<Float>, model: AttackedModel) throws -> [Bool] {
    var reached = task.ids.map { _ in false }
    let rows = task.affordable(Array(task.ids.indices), by: model.queried)
    guard !rows.isEmpty else { return reached }
    let part = task.gathering(rows)
    let found = part.goal.isReached(by: try part.logits(of: points.gathering(rows), model: model.queried))
    for (row, isReached) in zip(rows, found) { reached[row] = isReached }
    return reached
  }
}

extension ThreatModel {
  /// The distance of each image from the farthest point of the box.
  func farthestDistances(_ images: Tensor<Float>) -> [Float] {
    var corners = images
    corners.withUnsafeMutableScalars { corners in
      for run in bounds.runs(of: images.shape) {
        let (low, high) = (run.range.lowerBound, run.range.upperBound)
        for index in run.indices { corners[index] = high - corners[index] > corners[index] - low ? high : low }
      }
    }
    return norm.distances(from: images, to: corners)
  }
}
