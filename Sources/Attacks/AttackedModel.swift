public import Networks

/// The model as an attack sees it: every pass is made for named examples, is counted for them, keeps to their query
/// budget, and hears when the results are not wanted any more.
///
/// That holds whatever an attack puts in front of the model (`wrapped`): what is counted are the passes of the model
/// behind.
public struct AttackedModel: Sendable {
  /// What an attack puts in front of a model.
  public typealias Wrapping =
    @Sendable (any DifferentiableClassifier) throws -> any DifferentiableClassifier

  private let base: any Classifier
  private let counter: QueryCounter?
  private let wrapping: Wrapping?
  /// The model with what is in front of it, for what does not depend on an image.
  private let whole: any Classifier

  /// A model whose passes are not counted.
  public init(_ model: any Classifier) {
    self.init(model, counter: nil)
  }

  /// A model whose passes are counted. Without gradients it is good for black-box attacks alone.
  package init(_ model: any Classifier, counter: QueryCounter?) {
    (base, whole, self.counter, wrapping) = (model, model, counter, nil)
  }

  private init(_ other: AttackedModel, whole: any Classifier, wrapping: @escaping Wrapping) {
    (base, counter, self.whole, self.wrapping) = (other.base, other.counter, whole, wrapping)
  }

  /// The same behind something else, such as a random transformation.
  public func wrapped(_ wrapping: @escaping Wrapping) throws -> AttackedModel {
    let inner = self.wrapping
    let both: Wrapping = { try wrapping(try inner?($0) ?? $0) }
    return AttackedModel(self, whole: try both(CountedModel(base: base, counter: nil, ids: [])), wrapping: both)
  }

  /// Another model in its place, whose passes are counted instead.
  func replaced(by surrogate: any Classifier) -> AttackedModel { AttackedModel(surrogate, counter: counter) }

  /// The shape of one image.
  public var inputShape: Shape { whole.inputShape }

  /// The number of classes.
  public var classCount: Int { whole.classCount }

  /// Whether the logits that come with a gradient are, bit for bit, those of `logits`.
  public var pullbackLogitsAreExact: Bool {
    (whole as? any DifferentiableClassifier)?.pullbackLogitsAreExact ?? true
  }

  /// The same without gradients.
  public var queried: QueriedModel { QueriedModel(self) }

  /// Whether the passes of an example are limited.
  var hasQueryBudget: Bool { counter?.hasBudget ?? false }

  /// Which examples have a query budget left for so many more passes over one image each. An attack that asks ends with
  /// what it has found for the others; one that does not is stopped by `QueryBudgetSpent`.
  public func canAfford(_ passes: Int, for ids: [Int]) -> [Bool] {
    counter?.canAfford(passes, for: ids) ?? ids.map { _ in true }
  }

  /// The logits of points that belong to some examples, as many to each. The model is not asked about no points.
  ///
  /// - Throws: `QueryBudgetSpent` before a pass that an example has no budget for; what the model throws.
  public func logits(of points: Tensor<Float>, for ids: [Int]) throws -> Tensor<Float> {
    guard points.exampleCount > 0 else { return Tensor(shape: [0, classCount]) }
    return try model(for: ids).logits(of: points)
  }

  /// The same with the gradient at the points, where a coordinate whose slope is no number has none.
  ///
  /// - Throws: As `logits` does; `AttackError.noGradient` where the model has none.
  public func pullback(
    at points: Tensor<Float>, for ids: [Int], cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    guard points.exampleCount > 0 else { return (Tensor(shape: [0, classCount]), points) }
    let (logits, gradient) = try model(for: ids).pullback(at: points, cotangent: cotangent)
    return (logits, gradient.withoutNaN)
  }

  private func model(for ids: [Int]) throws -> any DifferentiableClassifier {
    let counted = CountedModel(base: base, counter: counter, ids: ids)
    return try wrapping?(counted) ?? counted
  }
}

/// The same for attacks that see nothing of a model but logits.
public struct QueriedModel: Sendable {
  private let model: AttackedModel

  /// A model whose passes are not counted.
  public init(_ model: any Classifier) { self.model = AttackedModel(model) }

  fileprivate init(_ model: AttackedModel) { self.model = model }

  /// The shape of one image.
  public var inputShape: Shape { model.inputShape }

  /// The number of classes.
  public var classCount: Int { model.classCount }

  /// Whether the passes of an example are limited.
  public var hasQueryBudget: Bool { model.hasQueryBudget }

  /// Which examples have a query budget left for so many more passes over one image each.
  public func canAfford(_ passes: Int, for ids: [Int]) -> [Bool] { model.canAfford(passes, for: ids) }

  /// The logits of points that belong to some examples, as many to each.
  ///
  /// - Throws: `QueryBudgetSpent` before a pass that an example has no budget for; what the model throws.
  public func logits(of points: Tensor<Float>, for ids: [Int]) throws -> Tensor<Float> {
    try model.logits(of: points, for: ids)
  }
}

/// The same for attacks that see nothing of a model but its decisions.
public struct DecisionModel: Sendable {
  private let model: QueriedModel

  /// A model that keeps its logits to itself.
  public init(_ model: QueriedModel) { self.model = model }

  /// The shape of one image.
  public var inputShape: Shape { model.inputShape }

  /// The number of classes.
  public var classCount: Int { model.classCount }

  /// Whether the passes of an example are limited.
  public var hasQueryBudget: Bool { model.hasQueryBudget }

  /// Which examples have a query budget left for so many more passes over one image each.
  public func canAfford(_ passes: Int, for ids: [Int]) -> [Bool] { model.canAfford(passes, for: ids) }

  /// The classes predicted for points that belong to some examples, as many to each; nil where a logit is not finite.
  ///
  /// - Throws: `QueryBudgetSpent` before a pass that an example has no budget for; what the model throws.
  public func decisions(of points: Tensor<Float>, for ids: [Int]) throws -> [Int?] {
    predictions(of: try model.logits(of: points, for: ids))
  }
}

/// A model whose passes count for some examples.
private struct CountedModel: DifferentiableClassifier {
  let base: any Classifier
  let counter: QueryCounter?
  let ids: [Int]

  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  var pullbackLogitsAreExact: Bool { (base as? any DifferentiableClassifier)?.pullbackLogitsAreExact ?? true }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try counter?.enter(images: images.exampleCount, ids: ids, backward: false)
    let logits = try base.logits(of: images)
    if let counter, let trace = counter.trace {
      trace.enter(images, logits: logits, ids: ids, spent: counter.spent(for: ids))
    }
    return logits
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    guard let base = base as? any DifferentiableClassifier else { throw AttackError.noGradient(attack: "the attack") }
    try counter?.enter(images: images.exampleCount, ids: ids, backward: true)
    let (logits, gradient) = try base.pullback(at: images, cotangent: cotangent)
    counter?.enter(zeroGradients: gradient.zeroExamples, ids: ids)
    return (logits, gradient)
  }
}
