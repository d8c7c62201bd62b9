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
    /// The class it was to be taken for, where the attack had one in mind.
    public var target: Int?
    /// The class the model gives the clean image.
    public var cleanPrediction: Int
    /// The class the model gives the adversarial image.
    public var adversarialPrediction: Int
    /// Whether the attack reached its goal within its threat model.
    public var isSuccess: Bool
    /// How the attack ended on this example: one of the set's `statusNames`.
    public var status: String
    /// The largest change of a pixel.
    public var distanceLinf: Double
    /// The Euclidean length of the change.
    public var distanceL2: Double
    /// How often the model was run.
    public var forwards: Int
    /// How many gradients were computed.
    public var backwards: Int

    /// Creates a report.
    public init(
      id: Int, label: Int, target: Int? = nil, cleanPrediction: Int, adversarialPrediction: Int, isSuccess: Bool,
      status: String, distanceLinf: Double, distanceL2: Double, forwards: Int, backwards: Int
    ) {
      self.id = id
      self.label = label
      self.target = target
      self.cleanPrediction = cleanPrediction
      self.adversarialPrediction = adversarialPrediction
      self.isSuccess = isSuccess
      self.status = status
      self.distanceLinf = distanceLinf
      self.distanceL2 = distanceL2
      self.forwards = forwards
      self.backwards = backwards
    }
  }

  /// What the attack was allowed.
  public struct Threat: Hashable, Sendable, Codable {
    /// The name of the norm, such as `linf`.
    public var norm: String
    /// The radius in stored pixel units; nil where the attack looks for the smallest change.
    public var epsilon: Double?
    /// The range of valid pixels, or that of each channel.
    public var bounds: PixelBox

    /// Creates a threat model.
    public init(norm: String, epsilon: Double?, bounds: PixelBox) {
      self.norm = norm
      self.epsilon = epsilon
      self.bounds = bounds
    }

    /// Creates a threat model with one range for all pixels.
    public init(norm: String, epsilon: Double?, bounds: ClosedRange<Float> = 0...1) {
      self.init(norm: norm, epsilon: epsilon, bounds: PixelBox(bounds))
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
  /// What the attack was allowed.
  public let threat: Threat
  /// The attack with every hyper-parameter, as JSON text.
  public let attack: String
  /// What wrote the file.
  public let provenance: Provenance
  /// How many examples were to be attacked, where that is known; there are fewer where the run was interrupted.
  public let requested: Int?

  /// Creates a set. Whether its parts fit together is checked when it is written or read.
  public init(
    images: Tensor<Float>, adversarial: Tensor<Float>, examples: [Example], statusNames: [String], threat: Threat,
    attack: String, provenance: Provenance, requested: Int? = nil
  ) {
    self.images = images
    self.adversarial = adversarial
    self.examples = examples
    self.statusNames = statusNames
    self.threat = threat
    self.attack = attack
    self.provenance = provenance
    self.requested = requested
  }
}
