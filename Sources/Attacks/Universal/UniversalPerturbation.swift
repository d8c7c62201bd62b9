public import Hyperparameters
public import Networks

/// One change that makes a model misclassify most images it is added to.
///
///     for x in the set, while k(x + v) = k(x):  Δ = DeepFool at x + v;  v ← P(v + Δ)
///
/// pass after pass in random order, until a share of the images is fooled. Moosavi-Dezfooli, Fawzi, Fawzi and Frossard,
/// *Universal adversarial perturbations*, arXiv 1610.08401. It is fitted on some images and judged on others:
///
///     let universal = try UniversalPerturbation.fit(on: training, threat: threat, model: model)
///     let points = universal.added(to: test.images)
///     let evaluation = try evaluator.verify(points, of: test, threat: threat, model: model)
///
/// Images stay in the box, unlike in the paper: what it cuts off is missing from x + v and not from v.
public struct UniversalPerturbation: UniversalChange {
  /// How one is fitted.
  public struct Settings: UniversalAttack {
    /// Name, title and source.
    public static let method = Method(
      name: "uap", title: "Universal adversarial perturbation",
      summary: "One small change, of steps that take images out of their class.",
      citation: "Moosavi-Dezfooli, Fawzi, Fawzi and Frossard, arXiv 1610.08401")
    /// The change keeps to the radius.
    public static let budget = Budget.fixed
    /// Any other class will do.
    public static let aimsAtClasses = false

    /// The share of the images at which the fit ends; the paper's 1 − δ.
    public var foolingRate = 0.8
    /// The most passes over the images.
    public var passes = 10
    /// What finds the way out of a class.
    public var deepFool = DeepFool()

    /// All of them but DeepFool's number of classes.
    public static let hyperparameters: [Hyperparameter<Settings>] =
      [
        .number(
          "fooling-rate", \.foolingRate, .from(0, to: 1), "The fit ends when this share of its images is fooled."),
        .integer("passes", \.passes, in: 1...1_000_000, "Passes over the images at most."),
      ] + DeepFool.hyperparameters.filter { $0.name != "classes" }.lifted(to: \.deepFool)

    /// The defaults of ART, but for ten passes in the place of twenty.
    public init() {}

    /// Checks the ranges and the norm.
    public func validate(threat: ThreatModel, images: Shape, classCount: Int) throws {
      do { try check() } catch { throw AttackError.hyperparameter(error) }
      try deepFool.validate(threat: threat, classCount: classCount)
    }

    /// Fits a change; neither labels nor targets matter.
    public func fit(
      on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, run: FitRun
    ) throws -> any UniversalChange {
      try UniversalPerturbation.fit(
        on: set, threat: threat, model: model, settings: self, random: run.random, onProgress: run.onProgress)
    }
  }

  /// The change, of the shape of one image.
  public let change: Tensor<Float>
  /// The share of the images of the fit whose predicted class it changes.
  public let foolingRate: Proportion
  private let threat: ThreatModel

  private init(change: Tensor<Float>, foolingRate: Proportion, threat: ThreatModel) {
    (self.change, self.foolingRate, self.threat) = (change, foolingRate, threat)
  }

  /// A change, shown to the images of the fit, of which it is known what the model takes them for.
  init(
    change: Tensor<Float>, on images: Tensor<Float>, clean: [Int?], threat: ThreatModel,
    model: any DifferentiableClassifier
  ) throws {
    let fooled = predictions(of: try model.logits(of: Self.points(images, change, threat)))
    let rate = Proportion(hits: zip(clean, fooled).count { $0 != $1 }, count: clean.count)
    self.init(change: change, foolingRate: rate, threat: threat)
  }

  /// None but the radius.
  public var limits: (any ChangeLimits)? { nil }

  /// The images with the change, in box and ball.
  public func added(to images: Tensor<Float>) -> Tensor<Float> {
    Self.points(images, change, threat)
  }

  /// The images with the change.
  public func made(to set: EvaluationSet) -> Tensor<Float> { added(to: set.images) }

  /// In L∞ every scalar goes up or down by the largest change, in L2 the direction is drawn from all.
  public func randomized(by random: RandomSource) -> UniversalPerturbation {
    let size = threat.distances(from: Tensor(shape: change.shape), to: change)[0]
    var stream = random.stream(.noise)
    var noise = change
    noise.withUnsafeMutableScalars { noise in
      stream.fillNormal(noise)
      let total = Float(length(noise))
      for index in noise.indices {
        noise[index] = threat.norm == .linf ? (noise[index] > 0 ? size : -size) : noise[index] / total * size
      }
    }
    return UniversalPerturbation(change: noise, foolingRate: Proportion(hits: 0, count: 0), threat: threat)
  }

  /// Fits a change to a set of images, whose labels do not matter: what counts is that predictions change.
  ///
  /// - Parameters:
  ///   - set: The images.
  ///   - threat: How large the change may be; L∞ or L2.
  ///   - model: The model.
  ///   - settings: How it is fitted.
  ///   - random: The randomness of the order.
  ///   - onProgress: Told between images which share of the passes is done; what it throws ends the fit.
  /// - Returns: The change, as it was when enough images were fooled or the passes were over.
  /// - Throws: `AttackError` for a norm in which DeepFool does not work; what the model throws.
  public static func fit(
    on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, settings: Settings = Settings(),
    random: RandomSource = RandomSource(seed: 0), onProgress: (_ share: Double) throws -> Void = { _ in }
  ) throws -> UniversalPerturbation {
    try threat.validate(for: set.images.shape.example)
    try settings.deepFool.validate(threat: threat, classCount: model.classCount)
    let clean = predictions(of: try model.logits(of: set.images))
    let none = Tensor<Float>(shape: set.images.shape.example.batched(1))
    var fitted = UniversalPerturbation(
      change: none, foolingRate: Proportion(hits: 0, count: set.count), threat: threat)
    for pass in 0..<max(settings.passes, 0) {
      var (stream, change) = (random.stream(.shuffling, step: pass), fitted.change)
      for (number, row) in stream.permutation(set.count).enumerated() {
        try onProgress((Double(pass) + Double(number) / Double(set.count)) / Double(settings.passes))
        guard let label = clean[row] else { continue }
        let image = set.images.examples(row..<row + 1)
        let step = Step(
          deepFool: settings.deepFool, image: image, id: set.ids[row], label: label, threat: threat, random: random)
        change = try step.extend(change, model)
      }
      fitted = try UniversalPerturbation(change: change, on: set.images, clean: clean, threat: threat, model: model)
      if let fraction = fitted.foolingRate.fraction, fraction >= settings.foolingRate { break }
    }
    return fitted
  }

  /// Images with a change, in box and ball.
  static func points(_ images: Tensor<Float>, _ change: Tensor<Float>, _ threat: ThreatModel) -> Tensor<Float> {
    var points = images
    change.withUnsafeScalars { change in
      points.withUnsafeMutableScalars { points in
        for index in points.indices { points[index] += change[index % change.count] }
      }
    }
    threat.project(&points, around: images)
    return points
  }

  /// What one image adds to the change.
  private struct Step {
    let deepFool: DeepFool
    let image: Tensor<Float>
    let id: Int
    let label: Int
    let threat: ThreatModel
    let random: RandomSource

    /// The change with what still takes the image out of its class; the same where it is out already, or no way was
    /// found.
    func extend(_ change: Tensor<Float>, _ model: any DifferentiableClassifier) throws -> Tensor<Float> {
      let point = UniversalPerturbation.points(image, change, threat)
      guard predictions(of: try model.logits(of: point)) == [label] else { return change }
      let task = AttackTask(
        images: point, ids: [id], goal: .misclassify(labels: [label]),
        threat: ThreatModel(norm: threat.norm, radius: .infinity, bounds: threat.bounds), random: random)
      let found = try deepFool.perturb(task, model: AttackedModel(model))
      var next = change.moved(along: found.moved(along: point, by: -1), by: 1)
      threat.ofChanges.project(&next, around: Tensor(shape: next.shape))
      return next
    }
  }
}

extension ThreatModel {
  /// The same ball around 0: no change is wider than the range of its pixel.
  var ofChanges: ThreatModel {
    let widths = bounds.ranges.map { range in
      let width = range.upperBound - range.lowerBound
      return -width...width
    }
    return ThreatModel(norm: norm, radius: radius, bounds: PixelBox(channels: widths) ?? bounds)
  }
}
