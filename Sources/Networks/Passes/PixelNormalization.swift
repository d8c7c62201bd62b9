public import Hyperparameters

/// Mean and standard deviation of the pixels, by which images are normalised: one value for all channels, or one per
/// channel.
public struct PixelNormalization: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Subtracted.
  public let mean: [Float]
  /// The standard deviation, by which the difference is divided.
  public let deviation: [Float]

  /// Why a text is not a normalisation.
  public struct Malformed: Error, Hashable, CustomStringConvertible {
    /// What was expected and found.
    public let description: String
  }

  fileprivate init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Reads `mean=0.4914,0.4822,0.4465,std=0.2471,0.2435,0.2616`, `mean=0.5,std=0.5`, or a name of `NamedNormalization`.
  ///
  /// A number belongs to the last key before it, so commas are never ambiguous.
  public init(_ text: String) throws(Malformed) {
    if let named = NamedNormalization(rawValue: text.lowercased())?.normalization {
      self = named
      return
    }
    var values: [String: [Float]] = [:]
    var key = ""
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 {
        key = parts[0].lowercased()
        guard values.updateValue([], forKey: key) == nil else {
          throw Malformed(description: "expected mean and std once each, found '\(key)' again")
        }
      }
      guard let number = Float(parts[parts.count - 1]), number.isFinite, !key.isEmpty else { throw Self.form(text) }
      values[key, default: []].append(number)
    }
    guard Set(values.keys) == ["mean", "std"], let mean = values["mean"], let deviation = values["std"] else {
      throw Self.form(text)
    }
    guard mean.count == deviation.count || mean.count == 1 || deviation.count == 1 else {
      throw Malformed(
        description: "expected as many means as standard deviations, found \(mean.count) and \(deviation.count)")
    }
    guard deviation.allSatisfy({ $0 > 0 && (1 / $0).isFinite }) else {
      throw Malformed(description: "expected standard deviations above 0, found \(Self.list(deviation))")
    }
    let count = max(mean.count, deviation.count)
    self.init(mean: Self.spread(mean, over: count), deviation: Self.spread(deviation, over: count))
  }

  private static func form(_ text: String) -> Malformed {
    Malformed(
      description: "expected mean=M,std=S with one number each or one per channel, such as "
        + "mean=0.4914,0.4822,0.4465,std=0.2471,0.2435,0.2616, or \(NamedNormalization.datasets), "
        + "found '\(text)'")
  }

  private static func spread(_ values: [Float], over count: Int) -> [Float] {
    values.count == 1 ? Array(repeating: values[0], count: count) : values
  }

  private static func list(_ values: [Float]) -> String {
    values.map { "\($0)" }.joined(separator: ",")
  }

  /// The text that stands for it.
  public var description: String { "mean=\(Self.list(mean)),std=\(Self.list(deviation))" }

  /// The same as an operation, frozen.
  public var affine: Affine { .normalization(mean: mean, deviation: deviation) }
}

/// The mean and the standard deviation of the pixels of a well-known dataset.
public enum NamedNormalization: String, CaseIterable, HyperparameterType {
  /// The images as they are.
  case none
  /// The values of Wong et al.'s fast adversarial training.
  case cifar10
  /// The values of torchvision.
  case imagenet

  /// The values; nil for none.
  public var normalization: PixelNormalization? {
    switch self {
    case .none: nil
    case .cifar10: PixelNormalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2471, 0.2435, 0.2616])
    case .imagenet: PixelNormalization(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    }
  }

  /// The names of the datasets, for messages.
  static var datasets: String {
    allCases.filter { $0.normalization != nil }.map(\.rawValue).joined(separator: ", ")
  }
}

extension Network {
  /// The node that normalises the images: a frozen affine map that reads them.
  public var inputNormalization: Int? {
    nodes.firstIndex { node in
      if case .affine(let payload) = node.operation { !payload.isTrainable && node.inputs == [0] } else { false }
    }
  }
}
