internal import Arguments
internal import Certification
internal import Defences
internal import Hyperparameters
internal import Networks
internal import Training

/// Training against an attacker: a published preset, and the values that replace its own.
struct DefenceOptions: OptionGroup {
  static let title = "Defence"

  @Option(
    help: """
      Train to resist attacks: \(PresetCatalog.all.titles.joined(separator: ", ")). Brings the paper's settings for MNIST, or \
      for CIFAR-10 where images have three channels (-mnist or -cifar behind the name chooses); trades:beta=6 and the \
      options below replace them.
      """, valueName: "name", completion: .list(PresetCatalog.all.titles))
  var defence: String?
  private let hyperparameters = OptionList(of: Self.methods)
  @Option(
    help: """
      ensemble: a model whose adversarial images are trained on, too; may be repeated. distillation: the teacher, to \
      train the student; without it the teacher is trained.
      """, valueName: "file", completion: .file)
  var sourceModel: [String] = []
  @Option(
    help: "The steps of PGD that measure robust accuracy after every epoch; 0 measures none.", valueName: "steps")
  var validationAttackSteps = ValidationAttack().steps
  @Option(help: "Measure it on at most this many validation images.", valueName: "count")
  var validationAttackCount = ValidationAttack().count
  @Option(
    help: """
      End where robust accuracy on a mini-batch, measured ten times an epoch, falls by this, and go back to the weights \
      before; 0 never (default: fast and n-fgsm 0.2, else 0).
      """, valueName: "fall")
  var collapseGuard: Double?

  func validate() throws {
    try require(
      (0...100_000).contains(validationAttackSteps), "validation-attack-steps", "0 to 100,000", validationAttackSteps)
    try requireCount(validationAttackCount, "validation-attack-count", atMost: 1_000_000_000)
    if let fall = collapseGuard { try require((0...1).contains(fall), "collapse-guard", "a fall from 0 to 1", fall) }
    guard let text = try text() else {
      guard hyperparameters.given.isEmpty, sourceModel.isEmpty, collapseGuard == nil else {
        let name = hyperparameters.given.first?.name ?? (sourceModel.isEmpty ? "collapse-guard" : "source-model")
        throw ValidationError("--\(name) is an option of --defence.")
      }
      return
    }
    // Values of presets differ with the data, names and ranges do not.
    var defence = try Self.preset(text.name, for: []).defence
    try replace(&defence, text, hyperparameters.given)
  }

  /// The defences, with those hyper-parameters that are options of theirs alone; values are those of presets.
  private static var methods: [(String, [HyperparameterDescription])] {
    let shared = StandardObjective.descriptions.map(\.name)
    return (DefenceCatalog.methods + CertifiedTrainingCatalog.methods).map { method in
      let own = method.descriptions.filter { !shared.contains($0.name) }
      return (
        method.method.name,
        own.map { description in
          var description = description
          description.standard = nil
          return description
        }
      )
    }
  }

  /// What `--defence` says: a name, and values that may stand behind it.
  private func text() throws -> MethodText? {
    do { return try defence.map { try MethodText($0) } } catch { throw ValidationError("\(error)") }
  }

  private static func preset(_ name: String, for shape: Shape) throws -> Preset {
    do { return try PresetCatalog.all.named(name, for: shape) } catch { throw ValidationError("\(error)") }
  }

  /// Sets what was typed, and says what that was.
  @discardableResult private func replace(
    _ defence: inout any TrainingDefence, _ text: MethodText, _ options: [(name: String, value: String)]
  ) throws -> [(name: String, value: String)] {
    let known = type(of: defence).descriptions.map(\.name)
    if let foreign = options.first(where: { !known.contains($0.name) }) {
      let own = known.map { "--\($0)" }.joined(separator: ", ")
      throw ValidationError("The defence '\(text.name)' has no option '--\(foreign.name)'. It has \(own).")
    }
    let given = try text.merged(with: options, of: "--defence")
    do { try defence.replace(given) } catch { throw ValidationError(error, options: options) }
    return given
  }

  /// What measures robust accuracy; nil to measure none.
  var validationAttack: ValidationAttack? {
    validationAttackSteps > 0 ? ValidationAttack(steps: validationAttackSteps, count: validationAttackCount) : nil
  }

  /// The preset for images of a shape and pixels of a range, with what is given instead; none without a defence.
  func preset(for shape: Shape, pixels box: PixelBox, _ training: TrainingOptions) throws -> Preset? {
    guard let text = try text() else { return nil }
    // What a preset says of radius and steps is scaled by the width of one range.
    let pixels = try box.oneRange(for: "--defence")
    var preset = try Self.preset(text.name, for: shape).adapted(to: box, epochs: training.epochs)
    let norm = preset.threat?.norm
    let given = try replace(&preset.defence, text, hyperparameters.given + training.lossOptions)
    if let new = preset.threat?.norm, new != norm, !given.contains(where: { $0.name == "eps" }) {
      throw ValidationError("--norm \(new.rawValue) needs --eps: the preset's radius is one of another norm.")
    }
    if let threat = preset.threat { try check(threat, shape: shape, pixels: pixels) }
    if let collapseGuard { preset.loop.largestRobustnessLoss = collapseGuard > 0 ? collapseGuard : nil }
    training.change(&preset.loop)
    return preset
  }

  /// A ball that holds every image is a slip of the unit: 8 for 8/255.
  private func check(_ threat: TrainingThreat, shape: Shape, pixels: ClosedRange<Float>) throws {
    let width = pixels.upperBound - pixels.lowerBound
    let largest: Float =
      switch threat.norm {
      case .linf: width
      case .l2: width * Float(shape.count).squareRoot()
      case .l1, .l0: width * Float(shape.count)
      }
    try require(
      threat.radius <= largest, "eps",
      "at most \(largest), for pixels from \(pixels.lowerBound) to \(pixels.upperBound)", threat.radius)
  }
}
