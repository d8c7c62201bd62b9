public import Networks

/// Clean images, the adversarial ones found for them, and what an attack reports about each: all that an independent
/// check needs.
public struct AdversarialSet: Sendable {
  /// What is reported about one example.
  public struct Example: Hashable, Sendable, Codable {
    /// The index of the example in its split.
    public var id: Int
    /// Its class.
    public var label: Int
    /// The target class; nil where the attack was untargeted.
    public var target: Int?
    /// The class the model gives the clean image.
    public var cleanPrediction: Int
    /// The class the model gives the adversarial image.
    public var adversarialPrediction: Int
    /// Whether the attack reached its goal within its threat model.
    public var isSuccess: Bool
    /// How the attack ended on this example: one of the set's `statusNames`.
    public var status: String
    /// The size of the change in the attack's norm; nil in files of earlier versions.
    public var distance: Double?
    /// The largest change of a pixel.
    public var distanceLinf: Double
    /// The Euclidean length of the change.
    public var distanceL2: Double
    /// How often the model was run.
    public var forwards: Int
    /// How many gradients were computed.
    public var backwards: Int
    /// The example's share of the time that the attack took; nil in files of earlier versions.
    public var seconds: Double?

    /// Creates a report.
    public init(
      id: Int, label: Int, target: Int? = nil, cleanPrediction: Int, adversarialPrediction: Int, isSuccess: Bool,
      status: String, distance: Double? = nil, distanceLinf: Double, distanceL2: Double, forwards: Int, backwards: Int,
      seconds: Double? = nil
    ) {
      self.id = id
      self.label = label
      self.target = target
      self.cleanPrediction = cleanPrediction
      self.adversarialPrediction = adversarialPrediction
      self.isSuccess = isSuccess
      self.status = status
      self.distance = distance
      self.distanceLinf = distanceLinf
      self.distanceL2 = distanceL2
      self.forwards = forwards
      self.backwards = backwards
      self.seconds = seconds
    }
  }

  /// The attack's threat model.
  public struct Threat: Hashable, Sendable, Codable {
    /// How the attack used the radius.
    public enum Budget: String, Hashable, Sendable, Codable, CaseIterable {
      /// It looked for an adversarial example within the radius; one beyond it is a violation.
      case fixed
      /// It looked for the nearest adversarial example; one beyond the radius is not a success, and not a violation.
      case minimal
      /// It had limits of its own, such as an angle; the radius means nothing.
      case transformation
    }

    /// The name of the norm, such as `linf`.
    public var norm: String
    /// The radius in stored pixel units; nil where any distance is allowed.
    public var epsilon: Double?
    /// How the attack used the radius.
    public var budget: Budget
    /// The range of valid pixels, or that of each channel.
    public var bounds: PixelBox

    /// Creates a threat model. Where no budget is given, it is fixed if there is a radius: so it is in files of earlier
    /// versions, which record none.
    public init(norm: String, epsilon: Double?, budget: Budget? = nil, bounds: PixelBox) {
      self.norm = norm
      self.epsilon = epsilon
      self.budget = budget ?? (epsilon == nil ? .minimal : .fixed)
      self.bounds = bounds
    }

    /// Creates a threat model with one range for all pixels.
    public init(norm: String, epsilon: Double?, budget: Budget? = nil, bounds: ClosedRange<Float> = 0...1) {
      self.init(norm: norm, epsilon: epsilon, budget: budget, bounds: PixelBox(bounds))
    }
  }

  /// The clean images `[N, C, H, W]` in stored pixel units.
  public let images: Tensor<Float>
  /// The adversarial images, one for each.
  public let adversarial: Tensor<Float>
  /// A report on each.
  public let examples: [Example]
  /// The names a status may have; the order gives the codes in the file.
  public let statusNames: [String]
  /// The attack's threat model.
  public let threat: Threat
  /// The attack with every hyper-parameter, as JSON text.
  public let attack: String
  /// The arithmetic of the attack's gradients, such as `float32`; nil where it is not known.
  public let precision: String?
  /// What wrote the file.
  public package(set) var provenance: Provenance
  /// How many examples were to be attacked, where that is known; there are fewer where the run was interrupted.
  public package(set) var requested: Int?
  /// The one change of a universal attack, as one example: what is added to every image, or the pixels of a patch. Nil for
  /// other attacks.
  public let change: Tensor<Float>?
  /// The names of the classes, where the dataset has some.
  public let classNames: [String]?

  /// Creates a set. Whether its parts fit together is checked when it is written or read.
  public init(
    images: Tensor<Float>, adversarial: Tensor<Float>, examples: [Example], statusNames: [String], threat: Threat,
    attack: String, precision: String? = nil, provenance: Provenance, requested: Int? = nil,
    change: Tensor<Float>? = nil, classNames: [String]? = nil
  ) {
    self.images = images
    self.adversarial = adversarial
    self.examples = examples
    self.statusNames = statusNames
    self.threat = threat
    self.attack = attack
    self.precision = precision
    self.provenance = provenance
    self.requested = requested
    self.change = change
    self.classNames = classNames
  }
}
