public import Hyperparameters
public import Networks
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

  /// Creates a preset; the name is that of the defence unless a method is given.
  package init(
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
}

extension PixelBox {
  /// The one range of all pixels.
  package var trainingRange: ClosedRange<Float> {
    get throws(TrainingError) {
      guard let uniform else {
        throw .invalidSetting("pixels", expected: "one range for all channels", found: "\(self)")
      }
      return uniform
    }
  }
}
