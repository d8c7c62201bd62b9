public import Hyperparameters
public import Networks
public import Training
import Wording

/// A method with the settings of its paper's code: what `train --defence NAME` runs.
///
/// A preset is a starting point: hyper-parameters, number of epochs, network and optimiser may be changed.
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

  /// Name, title and source; the name is that without the family: `fast`.
  public let method: Method
  /// Whose settings these are.
  public let family: Family
  /// Where the settings come from, where the paper has none for the family.
  public let remark: String?
  /// The network of the paper that is nearest, as `Architectures.network` takes it.
  public let architecture: String
  /// What is minimised.
  public var defence: any TrainingDefence
  /// Epochs, batches, learning rate and augmentation.
  public var loop: TrainingLoop
  /// The optimiser.
  public var optimizer: any Optimizer

  init(
    _ family: Family, _ defence: any TrainingDefence, as method: Method? = nil, remark: String? = nil,
    architecture: String, loop: TrainingLoop, optimizer: any Optimizer
  ) {
    self.method = method ?? type(of: defence).method
    self.family = family
    self.remark = remark
    self.architecture = architecture
    self.defence = defence
    self.loop = loop
    self.optimizer = optimizer
    // Without an attacker there is no robust accuracy to select by.
    if threat == nil { self.loop.selection = .last }
  }

  /// The name without the family: `fast`.
  public var title: String { method.name }

  /// The name in full: `fast-mnist`.
  public var name: String { "\(title)-\(family.rawValue)" }

  /// What the attacker may do in training, where there is one.
  public var threat: TrainingThreat? { (defence as? any AdversarialDefence)?.threat }

  /// Makes the run longer or shorter; what is given in epochs keeps its share of the run.
  public mutating func changeEpochs(to epochs: Int) {
    let factor = Double(epochs) / Double(max(loop.epochs, 1))
    loop.schedule = loop.schedule.stretched(by: factor)
    defence.stretch(by: factor)
    loop.epochs = epochs
  }

  /// Adapts what is in pixel units, which are those of pixels from 0 to 1, to pixels of another range.
  public mutating func scale(toPixelsOfWidth width: Float) {
    guard width != 1 else { return }
    defence.scale(toPixelsOfWidth: width)
  }

  /// The preset for pixels of a range, and for another number of epochs if there is one.
  ///
  /// - Parameters:
  ///   - pixels: The values a pixel may have.
  ///   - epochs: The number of epochs; nil for that of the preset.
  /// - Returns: The preset with radius, steps, ramps and schedule changed in proportion.
  /// - Throws: `TrainingError` where channels have pixel ranges of their own.
  public func adapted(to pixels: PixelBox, epochs: Int? = nil) throws(TrainingError) -> Preset {
    let range = try pixels.trainingRange
    var preset = self
    preset.scale(toPixelsOfWidth: range.upperBound - range.lowerBound)
    if let epochs { preset.changeEpochs(to: epochs) }
    return preset
  }

  /// The same preset before anything was changed in it.
  public var published: Preset { Self.all.first { $0.name == name } ?? self }

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

extension Preset {
  /// Describes the presets of one name: the values of the hyper-parameters are those for MNIST, with those for CIFAR-10
  /// where they differ.
  public struct Summary: Sendable {
    /// Name, title and source.
    public let method: Method
    /// The hyper-parameters.
    public let hyperparameters: [HyperparameterDescription]
  }

  /// The summaries of all presets, one per name.
  public static let summaries: [Summary] = titles.map { title in
    let presets = all.filter { $0.title == title }
    var descriptions = presets[0].defence.ownDescriptions
    for other in presets.dropFirst() {
      for (index, description) in other.defence.ownDescriptions.enumerated() {
        guard let own = descriptions[index].standard, let standard = description.standard, standard != own else {
          continue
        }
        descriptions[index].standard = "\(own); \(other.family.rawValue): \(standard)"
      }
    }
    return Summary(method: presets[0].method, hyperparameters: descriptions)
  }
}

extension Method {
  /// Adversarial training with a radius that rises.
  static let curriculum = Method(
    name: "curriculum", title: "Curriculum adversarial training",
    summary: "Projected gradient descent, the radius rising over the first quarter.",
    citation: ProjectedGradientTraining.method.citation)
  /// Adversarial training with two steps.
  static let quick = Method(
    name: "quick", title: "Quick adversarial training",
    summary: "Projected gradient descent of two steps, the radius rising at first.",
    citation: ProjectedGradientTraining.method.citation)
  /// Adversarial training with weight perturbation.
  static let awp = Method(
    name: "awp", title: "Adversarial weight perturbation",
    summary: "Projected gradient descent with adversarial weight perturbation.",
    citation: "Wu, Xia and Wang, arXiv 2004.05884")
  /// TRADES with weight perturbation.
  static let tradesAWP = Method(
    name: "trades-awp", title: "TRADES with adversarial weight perturbation",
    summary: "The loss of TRADES with adversarial weight perturbation.", citation: awp.citation)
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
