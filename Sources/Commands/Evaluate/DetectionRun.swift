internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Training

/// A detector beside a model, within several radii.
struct DetectionRun {
  let inputs: AttackInputs
  let detector: any Detector
  let norm: Norm
  let radii: [PixelLength]

  /// Fits the detector.
  init(
    _ method: any DetectorMethod, _ inputs: AttackInputs, norm: Norm, radii: [PixelLength],
    trainingData: @escaping () throws -> Dataset
  ) throws {
    (self.inputs, self.norm, self.radii) = (inputs, norm, radii)
    let model = inputs.model
    let subject = DetectorSubject(
      model: model.classifier, bounds: try inputs.data.pixelRange.oneRange(for: "--detector"),
      features: {
        let network = try model.file.network.truncated(after: model.file.network.penultimateIndex)
        let keys = Set(network.parameterSpecifications.map(\.key))
        let parameters = Parameters(model.file.parameters.tensors.filter { keys.contains($0.key) })
        return try model.classifier.model(of: network, parameters: parameters)
      },
      training: {
        let training = try trainingData()
        try model.check(training)
        return try LabelledImages(images: training.images, labels: training.labels, ids: training.ids)
      })
    do {
      detector = try method.detector(for: subject)
    } catch let error as DefenceError {
      throw ValidationError("--detector: \(error).")
    }
  }

  /// How many examples are attacked, each as often as an attack runs.
  var attackedCount: Int { DetectorEvaluation.Knowledge.allCases.count * radii.count * inputs.data.count }

  /// For every radius an attack that ignores the detector and one that knows it; fewer where the evaluator was
  /// interrupted.
  func callAsFunction(by evaluator: Evaluator) throws -> [[DetectorEvaluation.Result]] {
    try DetectorEvaluation(of: detector, beside: inputs.model.classifier, on: inputs.set, by: evaluator)
      .results(within: radii.map { inputs.threat(norm, $0) })
  }

  /// What makes the results doubtful. Of the two attacks only the oblivious one is one of the catalogue, whose gradients
  /// say something of the model alone.
  func warnings(_ results: [[DetectorEvaluation.Result]]) -> [EvaluationWarning] {
    let runs = zip(radii, results).compactMap { epsilon, results in
      results.first { $0.knowledge == .oblivious }.map {
        EvaluatedRun(
          attack: DetectorEvaluation.obliviousAttack, epsilon: epsilon.argumentText, evaluation: $0.evaluation.summary)
      }
    }
    return EvaluationWarning.all(
      of: inputs.data, inputs.model, threats: runs.map { ($0.evaluation.threat, $0.epsilon) },
      clean: results.first?.first { $0.knowledge == .oblivious }.map { ExampleAccuracies(clean: $0.evaluation) },
      runs: runs, isTargeted: false,
      canAttackMargin: false)
  }
}

extension DetectionRun: AttackingRun {
  var subject: AttackSubject { inputs.subject }

  func results(by evaluator: Evaluator) throws -> RepeatedRun {
    RepeatedRun(
      count: inputs.set.count, outcomes: try self(by: evaluator).flatMap { $0 }.flatMap(\.evaluation.examples))
  }
}
