public import Networks
public import Training

/// The hyper-parameters of a defence that trains. One that a method does not have is nothing.
public struct DefenceSettings: Hashable, Sendable {
  /// How perturbations are measured.
  public var norm: Norm?
  /// The radius ε, in stored pixel units.
  public var radius: Float?
  /// The number of epochs in which the radius rises from 0.
  public var rampEpochs: Double?
  /// The steps of the attack.
  public var steps: Int?
  /// The size of a step, in stored pixel units.
  public var stepSize: Float?
  /// Whether the random start of fast adversarial training is put into the box.
  public var clipsStart: Bool?
  /// The radius of the noise that single-step training starts from, in radii.
  public var noise: Float?
  /// The weight of the divergence of TRADES and MART.
  public var beta: Float?
  /// The weight of logit pairing, of gradient alignment, or of the input gradient.
  public var penalty: Float?
  /// The length of adversarial weight perturbations over that of the weights; 0 for none.
  public var gamma: Float?
  /// The number of epochs before weights are perturbed.
  public var gammaWarmUp: Double?
  /// The updates of free adversarial training with each mini-batch.
  public var replays: Int?
  /// The weight of the adversarial images of mixtures.
  public var share: Float?
  /// The deviation of the normal noise.
  public var sigma: Float?
  /// The temperature of distillation.
  public var temperature: Float?
  /// The label smoothing of the loss.
  public var labelSmoothing: Float?

  /// Creates settings without any.
  public init() {}
}

extension DefenceSettings {
  /// One of them.
  private struct Field {
    let name: String
    let value: (DefenceSettings) -> TrainingSetting.Value?
    let copy: (DefenceSettings, inout DefenceSettings) -> Void

    init<Value>(
      _ name: String, _ path: WritableKeyPath<DefenceSettings, Value?>,
      _ text: @escaping (Value) -> TrainingSetting.Value
    ) {
      self.name = name
      value = { $0[keyPath: path].map(text) }
      copy = { $1[keyPath: path] = $0[keyPath: path] }
    }
  }

  private static var fields: [Field] {
    [
      Field("norm", \.norm) { .text($0.rawValue) }, Field("eps", \.radius) { .init($0) },
      Field("ramp_epochs", \.rampEpochs) { .number($0) }, Field("steps", \.steps) { .init($0) },
      Field("step_size", \.stepSize) { .init($0) }, Field("clips_start", \.clipsStart) { .flag($0) },
      Field("noise", \.noise) { .init($0) },
      Field("beta", \.beta) { .init($0) }, Field("penalty", \.penalty) { .init($0) },
      Field("awp_gamma", \.gamma) { .init($0) }, Field("awp_warmup", \.gammaWarmUp) { .number($0) },
      Field("replays", \.replays) { .init($0) }, Field("share", \.share) { .init($0) },
      Field("sigma", \.sigma) { .init($0) }, Field("temperature", \.temperature) { .init($0) },
      Field("label_smoothing", \.labelSmoothing) { .init($0) },
    ]
  }

  /// What a record says: those that there are.
  public var settings: [TrainingSetting] {
    Self.fields.compactMap { field in field.value(self).map { TrainingSetting(field.name, $0) } }
  }

  /// The names of those that there are.
  public var names: [String] { settings.map(\.name) }

  /// Replaces what `given` has. A step whose size is not given keeps its ratio to the radius.
  ///
  /// - Returns: The names of what is given and not here, so that nothing was replaced.
  public mutating func replace(by given: DefenceSettings) -> [String] {
    let known = Set(names)
    let strange = given.names.filter { !known.contains($0) }
    guard strange.isEmpty else { return strange }
    if let new = given.radius, let old = radius, old > 0, let stepSize { self.stepSize = stepSize / old * new }
    for field in Self.fields where field.value(given) != nil { field.copy(given, &self) }
    return []
  }

  /// Checks the range of every one.
  public func check() throws(TrainingError) {
    func require<Value: Comparable>(
      _ value: Value?, _ name: String, _ range: ClosedRange<Value>, _ expected: String
    ) throws(TrainingError) {
      guard let value, !range.contains(value) else { return }
      throw .invalidSetting(name, expected: expected, found: "\(value)")
    }
    let largest = Float.greatestFiniteMagnitude
    guard norm != .l0 else {
      throw .invalidSetting("norm", expected: "linf, l2 or l1 to train against", found: "l0")
    }
    try require(radius, "eps", Float.leastNonzeroMagnitude...largest, "a radius above 0")
    try require(rampEpochs, "ramp-epochs", 0...1e6, "0 to 1,000,000 epochs")
    try require(steps, "steps", 1...100_000, "1 to 100,000 steps")
    try require(stepSize, "step-size", Float.leastNonzeroMagnitude...largest, "a size above 0")
    try require(noise, "noise", 0...100, "0 to 100 radii")
    try require(beta, "beta", 0...1e6, "a weight from 0 to 1,000,000")
    // That of the input gradient grows with the square of the range of pixels.
    try require(penalty, "penalty", 0...1e9, "a weight from 0 to 1,000,000,000")
    try require(gamma, "awp-gamma", 0...1, "a share from 0 to 1")
    try require(gammaWarmUp, "awp-warmup", 0...1e6, "0 to 1,000,000 epochs")
    try require(replays, "replays", 1...1000, "1 to 1000 updates with each mini-batch")
    try require(share, "share", 0...1, "a share from 0 to 1")
    try require(sigma, "sigma", Float.leastNonzeroMagnitude...largest, "a deviation above 0")
    try require(temperature, "temperature", 1e-3...1e6, "a number from 0.001 to 1,000,000")
    try require(labelSmoothing, "label-smoothing", 0...Float(1).nextDown, "a share from 0 to below 1")
  }
}
