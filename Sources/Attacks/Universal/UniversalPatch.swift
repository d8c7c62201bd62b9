public import Hyperparameters
public import Networks

/// One patch that makes a model misclassify most images, wherever in them it is put.
///
///     v ← clip(v + αₜ · sign Σ ∇ᵥ L(x with v at a random place))      over some images x in each step
///
/// Brown, Mané, Roy, Abadi and Gilmer, *Adversarial patch*, arXiv 1712.09665: an ascent of the expected loss over images
/// and transformations. Of their transformations only the place is drawn, not rotation and scale. The steps are signed, as
/// with the optimiser `pgd` of ART's AdversarialPatchPyTorch, and fall to zero along a cosine. Images that a patch takes
/// where it shall do not count in that step: without a target the cross-entropy would else push those ever farther that are
/// out of their class already (Shafahi et al., arXiv 1811.11304, limit the loss for the same reason).
public struct UniversalPatch: UniversalChange {
  /// How one is fitted.
  public struct Settings: UniversalAttack {
    /// Name, title and source.
    public static let method = Method(
      name: "universal-patch", title: "Universal adversarial patch",
      summary: "One square of pixels for all images, at random places.",
      citation: "Brown, Mané, Roy, Abadi and Gilmer, arXiv 1712.09665")
    /// It has a size of its own.
    public static let budget = Budget.transformation
    /// As the paper's patches do.
    public static let aimsAtClasses = true

    /// The share of the area that the patch covers.
    public var size = PatchSize.usualShare
    /// The number of steps.
    public var steps = 500
    /// The size of the first step, or nothing for 0.05 of the pixel range.
    public var stepSize: Float?
    /// The images of each step.
    public var imagesPerStep = 64
    /// What is ascended.
    public var loss: Loss = .crossEntropy

    /// All of them.
    public static let hyperparameters: [Hyperparameter<Settings>] = [
      .patchSize(\.size),
      .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
      .number(
        "step-size", \.stepSize, .above(0), unit: "pixels", standard: "0.05 of the pixel range",
        "The length of the first step; later ones are shorter."),
      .integer("images-per-step", \.imagesPerStep, in: 1...1_000_000, "The images on which each step is made."),
      .loss(\.loss),
    ]

    /// 500 steps on 64 images each.
    public init() {}

    /// The step size filled in.
    public func resolved(for threat: ThreatModel) -> Settings {
      var settings = self
      settings.stepSize = stepSize ?? 0.05 * threat.bounds.meanWidth
      return settings
    }

    /// One square.
    public var limits: any ChangeLimits { PatchSize(share: size) }

    /// Checks the ranges, that there are classes enough, and that images have rows and columns.
    public func validate(threat: ThreatModel, images: Shape, classCount: Int) throws {
      do { try check() } catch { throw AttackError.hyperparameter(error) }
      guard images.rank == 3 else { throw AttackError.needsImages(attack: Self.name, found: images) }
      guard classCount >= loss.minimumClasses else { throw AttackError.classes(loss: loss, found: classCount) }
    }

    /// Fits a patch to a set of images, towards their targets where they have any.
    public func fit(
      on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, run: FitRun
    ) throws -> any UniversalChange {
      try UniversalPatch.fit(on: set, threat: threat, model: model, settings: self, run: run)
    }
  }

  /// The pixels of the patch.
  public let change: Tensor<Float>
  private let size: PatchSize
  private let bounds: PixelBox
  private let random: RandomSource

  /// One square.
  public var limits: (any ChangeLimits)? { size }

  /// The images with the patch, each at a place of its own.
  public func made(to set: EvaluationSet) -> Tensor<Float> {
    let squares = Self.squares(set.ids, of: set.images.shape.example, size, random, step: 0, lane: 1)
    return set.images.patched(with: change, at: squares)
  }

  /// A patch of random pixels, at the same places.
  public func randomized(by random: RandomSource) -> UniversalPatch {
    UniversalPatch(
      change: Self.noise(change.shape, bounds, random, step: 1), size: size, bounds: bounds, random: self.random)
  }

  /// Fits a patch to a set of images, towards their targets where they have any.
  ///
  /// - Parameters:
  ///   - set: The images.
  ///   - threat: The range of pixels; the radius means nothing.
  ///   - model: The model.
  ///   - settings: How it is fitted.
  ///   - run: Randomness and threads.
  /// - Returns: The patch after the last step.
  /// - Throws: `AttackError` for what are no images; what the model throws.
  public static func fit(
    on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, settings: Settings = Settings(),
    run: FitRun = FitRun()
  ) throws -> UniversalPatch {
    let example = set.images.shape.example
    try settings.validate(threat: threat, images: example, classCount: model.classCount)
    try threat.validate(for: example)
    let size = PatchSize(share: settings.size)
    let side = size.side(for: example)
    let ranges = PixelRanges(threat.bounds, example: [example[0], side, side])
    let length = settings.resolved(for: threat).stepSize ?? 0
    var patch = noise([1, example[0], side, side], threat.bounds, run.random, step: 0)
    for step in 0..<max(settings.steps, 0) {
      let part = set.images(ofStep: step, settings.imagesPerStep, run.random)
      let squares = squares(part.ids, of: example, size, run.random, step: step, lane: 0)
      let slopes = try part.slopes(of: patch, at: squares, settings.loss, model, run.workers)
      let rate = length * Float(cosineRate(step, of: settings.steps, from: 1, to: 0))
      patch.withUnsafeMutableScalars { patch in
        for index in patch.indices {
          let move = slopes[index] > 0 ? rate : slopes[index] < 0 ? -rate : 0
          patch[index] = min(max(patch[index] + move, ranges.lowers[index]), ranges.uppers[index])
        }
      }
      try run.onProgress(Double(step + 1) / Double(settings.steps))
    }
    return UniversalPatch(change: patch, size: size, bounds: threat.bounds, random: run.random)
  }
}

extension UniversalPatch {
  /// A random place in each image. The lane keeps those of the fit apart from those at which a patch is judged.
  private static func squares(
    _ ids: [Int], of example: Shape, _ size: PatchSize, _ random: RandomSource, step: Int, lane: Int
  ) -> [PixelSquare] {
    let (grid, side) = (PixelGrid(example), size.side(for: example))
    return ids.map { id in
      var stream = random.stream(.transformation, example: id, step: step, lane: lane)
      return PixelSquare(side: side, in: grid, &stream)
    }
  }

  /// Random pixels.
  private static func noise(_ shape: Shape, _ bounds: PixelBox, _ random: RandomSource, step: Int) -> Tensor<Float> {
    let ranges = PixelRanges(bounds, example: shape.example)
    var stream = random.stream(.noise, step: step)
    return Tensor(shape: shape, scalars: (0..<shape.count).map { stream.uniform(in: ranges[$0]) })
  }
}

extension EvaluationSet {
  /// The gradient of the summed loss with respect to the pixels of a patch.
  fileprivate func slopes(
    of patch: Tensor<Float>, at squares: [PixelSquare], _ loss: Loss, _ model: any DifferentiableClassifier,
    _ workers: Workers
  ) throws -> [Double] {
    var sums = [Double](repeating: 0, count: patch.shape.count)
    let grid = PixelGrid(images.shape.example)
    try forEachSlope(at: images.patched(with: patch, at: squares), loss, model, workers) { row, slopes in
      squares[row].forEachScalar(in: grid) { sums[$1] += Double(slopes[$0]) }
    }
    return sums
  }
}

extension Tensor<Float> {
  /// The images with a patch, each at a place of its own.
  fileprivate func patched(with patch: Tensor, at squares: [PixelSquare]) -> Tensor {
    var result = self
    let grid = PixelGrid(shape.example)
    patch.withUnsafeScalars { patch in
      result.forEachExample { row, image in
        squares[row].forEachScalar(in: grid) { image[$0] = patch[$1] }
      }
    }
    return result
  }
}
