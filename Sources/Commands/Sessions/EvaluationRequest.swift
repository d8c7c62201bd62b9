internal import Arguments
internal import Attacks
internal import Networks

/// What is asked for by `evaluate`, and by `attack` of several radii or a defence.
struct EvaluationRequest {
  /// The name of the command.
  let command: String
  /// The attacks, as they were asked for.
  let suite: String
  let radii: [PixelLength]
  let norm: Norm
  let settings: AttackSettings
  let preprocessors: PreprocessorOptions
  let model: ModelOptions
  let data: DataOptions
  let gradients: PrecisionOptions
  let execution: RunOptions
  let reading: ReadingOptions
  let batchSize: Int
  let output: OutputFile?
  /// The attacks within a threat model on a model of so many classes; against the margin too, where the end of the network
  /// calls for it.
  let attacks: (_ threat: ThreatModel, _ classCount: Int, _ attacksMargin: Bool) throws -> [any Attack]

  init(_ command: EvaluateCommand) {
    self.command = "evaluate"
    let options = command.evaluation
    suite = options.suite.argumentText
    radii = options.eps.values
    norm = options.norm
    settings = options.settings
    preprocessors = command.defence.preprocessors
    (model, data, gradients) = (command.model, command.data, command.gradients)
    (execution, reading) = (command.execution, command.reading)
    (batchSize, output) = (command.batchSize, command.output)
    attacks = { threat, classCount, attacksMargin in
      try options.suite.attacks(
        options.settings, threat: threat, classCount: classCount, attacksMargin: attacksMargin)
    }
  }

  /// One attack, which is not joined by others.
  init(_ command: AttackCommand) throws {
    self.command = "attack"
    let options = command.attack
    suite = try options.name()
    radii = options.eps.values
    norm = options.norm
    settings = options.settings
    preprocessors = command.preprocessors
    (model, data, gradients) = (command.model, command.data, command.gradients)
    (execution, reading) = (command.execution, command.reading)
    (batchSize, output) = (command.batchSize, command.output)
    attacks = { threat, classCount, _ in
      let attack = try options.makeAttack(threat)
      try attack.validate(threat: threat, classCount: classCount)
      return [attack]
    }
  }

  /// Rejects `--output` where one file could not hold what is found.
  static func check(_ output: OutputFile?, radii: Radii, _ preprocessors: PreprocessorOptions) throws {
    guard output != nil else { return }
    guard radii.values.count == 1 else {
      throw ValidationError("--output holds the examples of one radius; give one --eps, found \(radii.argumentText).")
    }
    guard preprocessors.preprocess.isEmpty else {
      throw ValidationError("--output is no option of --preprocess: 'verify' could not judge the file.")
    }
  }
}
