import Hyperparameters
public import Networks
import Synchronization
public import Training

/// A method that trains on bounds of the worst loss in a box around each image, so that bounds can prove it robust there.
public protocol IntervalTraining: AdversarialDefence {
  /// The radius and how it rises.
  var ramp: RadiusRamp { get set }

  /// The weights that training begins with, of a network that has none.
  var initializer: Initializer { get set }

  /// What a pass reads beside logits and margins by intervals.
  ///
  /// - Parameter share: The share of the radius that is reached.
  /// - Returns: The least that the pass needs.
  func detail(share: Float) -> BoundDetail

  /// One pass where the radius is above 0.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - bounds: Its bounds.
  ///   - batch: The mini-batch.
  ///   - share: The share of the radius that is reached.
  /// - Returns: The gradient of the mean loss.
  /// - Throws: What the models throw.
  func pass(
    through model: some TrainableClassifier, bounds: IntervalModel, over batch: Minibatch, share: Float
  ) throws -> ObjectivePass
}

extension IntervalTraining {
  /// The intervals of neurons, for the regularisers, as long as these have a weight.
  public func detail(share: Float) -> BoundDetail { ramp.regularization(share: share) > 0 ? .inner : .margins }

  /// That of the ramp.
  public var threat: TrainingThreat {
    get { ramp.threat }
    set { ramp.threat = newValue }
  }

  /// Ramp and warm-up are given in epochs.
  public mutating func stretch(by factor: Double) { ramp.stretch(by: factor) }

  /// A run of it.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective {
    IntervalObjective(prepared(bounds: bounds, workers: workers), pixels: bounds)
  }
}

extension Hyperparameter {
  /// The weights that certified training begins with.
  static func initializer(_ path: any WritableKeyPath<Owner, Initializer> & Sendable) -> Hyperparameter {
    .choice(
      "initializer", path, of: Initializer.allCases.map(\.rawValue),
      "The weights of a new network; ibp keeps the widths of bounds from growing layer by layer.")
  }
}

/// What certified training minimises in one run. The bounds run as a second model beside the one that is trained, with
/// weights that follow from its own before every pass.
public final class IntervalObjective<Method: IntervalTraining>: TrainingObjective {
  /// The method.
  public let method: Method
  private let pixels: ClosedRange<Float>
  private let bounds = Mutex<IntervalModel?>(nil)

  /// Creates the objective.
  public init(_ method: Method, pixels: ClosedRange<Float>) {
    (self.method, self.pixels) = (method, pixels)
  }

  /// One pass: while the network warms up, plain training, with the regularisers of bounds where they are wanted; the
  /// method's own after it.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    try batch.requireUnmixed(for: Method.method.title)
    let share = method.ramp.share(atEpoch: batch.epoch)
    // Even where it is not read yet, so that a network without bounds ends the run at once.
    let bounds = try bounds(of: model, method.detail(share: share))
    guard share == 0 else { return try method.pass(through: model, bounds: bounds, over: batch, share: share) }
    let regularization = method.ramp.regularization(share: 0)
    guard regularization > 0 else { return try StandardObjective().pass(through: model, over: batch) }
    return try bounds.pass(
      at: model.parameters, over: batch, radius: method.threat.radius * RadiusRamp.leastShare,
      loss: IntervalLoss(worst: 0), regularization: regularization)
  }

  /// The bounds of the model, prepared when what is read of them changes.
  private func bounds(of model: some TrainableClassifier, _ detail: BoundDetail) throws -> IntervalModel {
    try bounds.withLock { bounds in
      if let bounds, bounds.classifier == model.network, bounds.detail == detail { return bounds }
      let new = try IntervalModel(of: model, pixels: pixels, detail: detail, workers: method.workers)
      bounds = new
      return new
    }
  }
}
