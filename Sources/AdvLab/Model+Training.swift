extension Model {
  /// Trains the model, whose weights change in place.
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
  ///   - validation: Images to measure it on after every epoch.
  ///   - seed: That of everything random.
  ///   - isCancelled: Asked before every update.
  ///   - observe: Told of every update and epoch.
  /// - Returns: The record of the run.
  /// - Throws: `TrainingError`, `ModelError`; what `observe` throws.
  @discardableResult
  public func train(
    on data: Dataset, with preset: Preset? = nil, epochs: Int? = nil, validation: Dataset? = nil, seed: UInt64 = 0,
    isCancelled: () -> Bool = { false }, observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    let data = try examples(of: data)
    guard let pixels = data.pixelRange.uniform else {
      throw TrainingError.invalidSetting("pixels", expected: "one range for all channels", found: "\(data.pixelRange)")
    }
    var preset = preset
    preset?.scale(toPixelsOfWidth: pixels.upperBound - pixels.lowerBound)
    if let epochs { preset?.changeEpochs(to: epochs) }
    let plain = TrainingLoop(
      epochs: epochs ?? 10, batchSize: 64, learningRate: Adam.learningRate, schedule: CosineSchedule())
    var loop = preset?.loop ?? plain
    loop.seed = seed
    loop.workers = .allCores
    loop.augmentations += preset?.defence.augmentations ?? []
    // Neither is measured here.
    loop.largestRobustnessLoss = nil
    if loop.selection == .bestRobust { loop.selection = .last }
    let objective =
      try preset?.defence.objective(bounds: pixels, workers: .allCores) ?? StandardObjective()
    var optimizer = preset?.optimizer ?? Adam()
    optimizer.workers = .allCores
    let validation = try validation.map { try examples(of: $0).labelledImages }
    return try run(
      loop, on: data.labelledImages, validation, objective, optimizer, isCancelled: isCancelled, observe: observe)
  }

  private func run(
    _ loop: TrainingLoop, on data: LabelledImages, _ validation: LabelledImages?,
    _ objective: some TrainingObjective, _ optimizer: some Optimizer, isCancelled: () -> Bool,
    observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    var optimizer = optimizer
    return try loop.run(
      classifier, on: data, validation: validation, objective: objective, optimizer: &optimizer,
      isCancelled: isCancelled, observe: observe)
  }
}

extension Dataset {
  fileprivate var labelledImages: LabelledImages {
    get throws { try LabelledImages(images: images, labels: labels, ids: ids) }
  }
}
