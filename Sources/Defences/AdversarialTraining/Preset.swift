public import Networks
public import Training

/// A method with the settings of its paper's code: what `train --defence NAME` runs.
///
/// A preset is a starting point; threat, length, network and optimiser may be changed. Step sizes keep their ratio to
/// the radius.
public struct Preset: Sendable {
  /// The name on the command line: `fast-mnist`.
  public let name: String
  /// One line.
  public let summary: String
  /// Where the settings come from.
  public let reference: String
  /// The network of the paper that is nearest, as `Architectures.network` takes it.
  public let architecture: String
  /// Norm and radius; nothing for a defence that has none.
  public let threat: ThreatModel?
  /// Epochs, batches, learning rate and augmentation.
  public let loop: TrainingLoop
  /// The optimiser.
  public let optimizer: any Optimizer
  private let make: @Sendable (ThreatModel, _ scale: Float, Workers) -> any TrainingObjective

  init(
    _ name: String, _ summary: String, reference: String, architecture: String, threat: ThreatModel?,
    loop: TrainingLoop, optimizer: any Optimizer,
    make: @escaping @Sendable (ThreatModel, _ scale: Float, Workers) -> any TrainingObjective
  ) {
    self.name = name
    self.summary = summary
    self.reference = reference
    self.architecture = architecture
    self.threat = threat
    self.loop = loop
    self.optimizer = optimizer
    self.make = make
  }

  /// The objective, against the preset's threat or another.
  public func objective(threat other: ThreatModel? = nil, workers: Workers = Workers(count: 1)) -> any TrainingObjective
  {
    let own = threat ?? ThreatModel(norm: .linf, radius: 0)
    let chosen = other ?? own
    return make(chosen, own.radius > 0 ? chosen.radius / own.radius : 1, workers)
  }

  /// The preset of that name.
  public static func named(_ name: String) throws(PresetError) -> Preset {
    guard let preset = all.first(where: { $0.name == name }) else {
      throw PresetError(name: name)
    }
    return preset
  }

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
    "There is no defence '\(name)'. Known: \(Preset.all.map(\.name).joined(separator: ", "))."
  }
}
