internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// One attack on each of some models, judged by all.
struct TransferRun {
  let models: [LoadedModel]
  let attack: any Attack
  let threat: ThreatModel
  /// The radius as it was typed.
  let epsilon: String
  let dataPath: String
  /// Whether the data was named, and is not what ships with the lab.
  let isDataGiven: Bool
  /// The examples, of which those are attacked that all models get right.
  let data: Dataset
  let targets: TargetChoice?
  private let set: EvaluationSet

  /// Finds out whether the attack can be run.
  ///
  /// - Parameters:
  ///   - attack: The attack.
  ///   - models: The models, which take the same images and know the same classes.
  ///   - selection: The examples and what is wanted of each.
  ///   - targets: Which class a targeted attack aims at.
  ///   - norm: The norm of the ball.
  ///   - radius: Its radius.
  ///   - isDataGiven: Whether the data was named.
  /// - Throws: `AttackError` where it cannot.
  init(
    _ attack: any Attack, among models: [LoadedModel], on selection: TargetSelection, targets: TargetChoice?,
    norm: Norm, radius: PixelLength, isDataGiven: Bool
  ) throws {
    (self.models, self.targets, self.isDataGiven) = (models, targets, isDataGiven)
    data = selection.data
    dataPath = data.path
    set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids, targets: selection.targets)
    epsilon = radius.argumentText
    threat = ThreatModel(norm: norm, radius: radius.value, bounds: data.pixelRange)
    self.attack = attack.withoutEarlyStop.resolved(for: threat)
    for model in models { try self.attack.validate(threat: threat, classCount: model.classifier.classCount) }
  }

  /// Attacks; nil where the evaluator was interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> TransferMatrix? {
    try evaluator.transferMatrix(of: attack, among: models.map(\.classifier), on: set, threat: threat)
  }
}
