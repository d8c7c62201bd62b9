extension Model {
  /// Trains the model, whose weights change in place, as `advlab train` does.
  ///
  /// ```swift
  /// let model = try Model(architecture: "digits-cnn", for: data)
  /// try model.train(on: data, with: Preset.named("fast", for: data.imageShape), epochs: 3)
  /// ```
  ///
  /// - Parameters:
  ///   - data: The images it learns from.
  ///   - preset: A defence with the settings of its paper, which may be changed; it is adapted to the pixel range. Without
  ///     one the model is trained on clean images, by Adam with a cosine schedule.
  ///   - epochs: The number of epochs; that of the preset, or 10, unless given.
  ///   - validation: Images to measure it on after every epoch. With a defence robust accuracy is measured there, too; the
  ///     model ends with the weights of the epoch where that is largest, and a collapse ends the run, where the preset asks
  ///     for it. Without them it ends with the weights of the last epoch.
  ///   - attack: What measures robust accuracy; nil to measure none.
  ///   - sources: The models of ensemble adversarial training, or the teacher of distillation.
  ///   - seed: That of everything random.
  ///   - isCancelled: Asked before every update.
  ///   - observe: Told of every update and epoch.
  /// - Returns: The record of the run.
  /// - Throws: `TrainingError`, `ModelError`, `HyperparameterError`; what `observe` throws.
  @discardableResult
  public func train(
    on data: Dataset, with preset: Preset? = nil, epochs: Int? = nil, validation: Dataset? = nil,
    attack: ValidationAttack? = ValidationAttack(), sources: [Model] = [], seed: UInt64 = 0,
    isCancelled: () -> Bool = { false }, observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    let data = try examples(of: data)
    let method = try preset.map { try TrainingMethod.defence($0.adapted(to: data.pixelRange, epochs: epochs)) }
    let plan = try TrainingPlan(
      method ?? .plain(PlainTraining(epochs: epochs)), pixels: data.pixelRange, sources: sources.map(\.classifier),
      validation: try validation.map { try examples(of: $0).labelledImages }, attack: attack, seed: seed,
      workers: .allCores)
    return try plan.run(classifier, on: data.labelledImages, isCancelled: isCancelled, observe: observe)
  }
}

extension Dataset {
  fileprivate var labelledImages: LabelledImages {
    get throws { try LabelledImages(images: images, labels: labels, ids: ids) }
  }
}
