public import Networks
public import Training
import Wording

/// A method with the settings of its paper's code: what `train --defence NAME` runs.
///
/// A preset is a starting point: settings, length, network and optimiser may be changed.
public struct Preset: Sendable {
  /// The data that settings are made for.
  public enum Family: String, CaseIterable, Sendable {
    /// Grey images.
    case mnist
    /// Colour images.
    case cifar

    /// The family nearest to images of a shape.
    public init(nearestTo imageShape: Shape) {
      self = imageShape.rank == 3 && imageShape[0] == 3 ? .cifar : .mnist
    }
  }

  /// The name without the family: `fast`.
  public let title: String
  /// Whose settings these are.
  public let family: Family
  /// One line.
  public let summary: String
  /// Where the method comes from.
  public let reference: String
  /// Where the settings come from, if not from there: a paper may have none for the family.
  public let remark: String?
  /// The network of the paper that is nearest, as `Architectures.network` takes it.
  public let architecture: String
  /// What is minimised.
  public let method: DefenceMethod
  /// Its hyper-parameters; no others can be set.
  public var settings: DefenceSettings
  /// Epochs, batches, learning rate and augmentation.
  public var loop: TrainingLoop
  /// The optimiser.
  public var optimizer: OptimizerSettings

  init(
    _ title: String, _ family: Family, _ summary: String, reference: String, remark: String? = nil,
    architecture: String, _ method: DefenceMethod, loop: TrainingLoop, optimizer: OptimizerSettings,
    settings: (inout DefenceSettings) -> Void
  ) {
    self.title = title
    self.family = family
    self.summary = summary
    self.reference = reference
    self.remark = remark
    self.architecture = architecture
    self.method = method
    self.loop = loop
    self.optimizer = optimizer
    self.settings = DefenceSettings()
    settings(&self.settings)
    // Without an attacker there is no robust accuracy to select by.
    if self.settings.radius == nil { self.loop.selection = .last }
  }

  /// The name in full: `fast-mnist`.
  public var name: String { "\(title)-\(family.rawValue)" }

  /// Makes the run longer or shorter; what is counted in epochs keeps its share of it.
  public mutating func changeEpochs(to epochs: Int) {
    let factor = Double(epochs) / Double(max(loop.epochs, 1))
    loop.schedule = loop.schedule.stretched(by: factor)
    settings.rampEpochs = settings.rampEpochs.map { $0 * factor }
    settings.gammaWarmUp = settings.gammaWarmUp.map { $0 * factor }
    loop.epochs = epochs
  }

  /// Adapts what is in pixel units, which are those of pixels from 0 to 1, to pixels of another range.
  public mutating func scale(toPixelsOfWidth width: Float) {
    guard width != 1 else { return }
    settings.radius = settings.radius.map { $0 * width }
    settings.stepSize = settings.stepSize.map { $0 * width }
    settings.sigma = settings.sigma.map { $0 * width }
    // The square of an input gradient is in units of 1 / pixels².
    if method == .inputGradient { settings.penalty = settings.penalty.map { $0 * width * width } }
  }

  /// The preset of a name: of the family named, or without one of the family nearest to the images.
  public static func named(_ name: String, for imageShape: Shape) throws(PresetError) -> Preset {
    let (family, wanted) = (Family(nearestTo: imageShape), name.lowercased())
    guard let preset = all.first(where: { $0.name == wanted || ($0.title == wanted && $0.family == family) }) else {
      throw PresetError(name: name)
    }
    return preset
  }

  /// The names without families, each once.
  public static let titles: [String] = all.reduce(into: []) { if !$0.contains($1.title) { $0.append($1.title) } }

  /// All of them.
  public static let all = mnist + cifar
}

/// A name that no preset has.
public struct PresetError: Error, Hashable, CustomStringConvertible {
  /// What was asked for.
  public let name: String

  /// Creates an error.
  public init(name: String) {
    self.name = name
  }

  /// One sentence.
  public var description: String {
    "There is no defence '\(name)'. \(NearestNames.advice(for: name, among: Preset.titles))"
      + " The name may have -mnist or -cifar behind it."
  }
}
