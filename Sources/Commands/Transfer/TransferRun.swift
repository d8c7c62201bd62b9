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

  /// Reads models and data, and finds out whether the attack can be run. Targets that depend on a model are those of the
  /// first.
  init(_ command: TransferCommand) throws {
    (dataPath, isDataGiven) = (try command.data.path(), command.data.data != nil)
    let stored = try command.data.load(command.reading)
    models = try command.models.load(command.reading.reader(), for: stored.form)
    let first = models[0]
    for model in models.dropFirst() { try model.checkIsLike(first) }
    let fitted = try command.data.fitted(stored, to: first.input, command.reading)
    try first.check(fitted, path: dataPath)
    targets = command.attack.settings.targets
    let selection = try TargetSelection(targets, at: fitted, first.classifier, command.execution)
    data = selection.data
    set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids, targets: selection.targets)
    let radius = command.attack.eps.values[0]
    epsilon = radius.argumentText
    threat = ThreatModel(norm: command.attack.norm, radius: radius.value, bounds: data.pixelRange)
    attack = try command.attack.makeAttack().withoutEarlyStop.resolved(for: threat)
    try attack.validate(threat: threat, classCount: first.classifier.classCount)
  }

  /// Attacks; nil where the evaluator was interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> TransferMatrix? {
    try evaluator.transferMatrix(of: attack, among: models.map(\.classifier), on: set, threat: threat)
  }
}
