public import Networks

/// Why an example is invalid. It counts as not robust, whoever is to blame: nothing speaks for it.
public enum Defect: Error, Hashable, Codable, Sendable {
  /// The image has a NaN or an infinite pixel.
  case imageNotFinite
  /// The image has a pixel outside the bounds.
  case imageOutsideBounds
  /// The model has no class of this number.
  case label(Int)
  /// The model has no class of this number, or it is the label.
  case target(Int)
  /// The model threw an error.
  case modelFailed(String)
  /// The model gave a NaN or an infinite logit.
  case logitsNotFinite
  /// The attack threw an error.
  case attackFailed(String)
  /// The attack gave back a tensor of another shape.
  case candidateShape(found: Shape, expected: Shape)
  /// The attack gave back a NaN or an infinite pixel.
  case candidateNotFinite
  /// The attack gave back a pixel outside the bounds.
  case candidateOutsideBounds
  /// The attack gave back a point farther away than the radius.
  case candidateOutsideBall(distance: Float)
  /// The attack gave back a point beyond the limits that it has in place of a radius.
  case candidateOutsideLimits(String)
}

extension Defect: CustomStringConvertible {
  /// What was found.
  public var description: String {
    switch self {
    case .imageNotFinite: "the image has a NaN or infinite pixel"
    case .imageOutsideBounds: "the image has a pixel outside the bounds"
    case .label(let label): "no class has the number \(label) of the label"
    case .target(let target): "\(target) is the label itself or no class, and can't be a target"
    case .modelFailed(let message): "the model failed: \(message)"
    case .logitsNotFinite: "the model gave a NaN or infinite logit"
    case .attackFailed(let message): "the attack failed: \(message)"
    case .candidateShape(let found, let expected):
      "the attack gave back a tensor of shape \(found), not \(expected)"
    case .candidateNotFinite: "the attack gave back a NaN or infinite pixel"
    case .candidateOutsideBounds: "the attack gave back a pixel outside the bounds"
    case .candidateOutsideBall(let distance): "the attack gave back a point at distance \(distance)"
    case .candidateOutsideLimits(let found): "the attack gave back a point beyond its limits: \(found)"
    }
  }
}

/// How the evaluation of an example ended.
public enum ExampleStatus: Hashable, Codable, Sendable {
  /// The model is wrong without any attack; not attacked, not robust.
  case misclassified
  /// The attack did not reach its goal.
  case robust
  /// The attack reached its goal within the radius.
  case broken
  /// A minimum-norm attack reached its goal, but beyond the radius: robust at this radius.
  case beyondRadius
  /// Image, model or attack broke a rule; not robust.
  case invalid(Defect)

  /// Whether the example counts as robust.
  public var isRobust: Bool {
    switch self {
    case .robust, .beyondRadius: true
    case .misclassified, .broken, .invalid: false
    }
  }

  /// Whether a rule was broken.
  public var isInvalid: Bool {
    switch self {
    case .invalid: true
    case .misclassified, .robust, .broken, .beyondRadius: false
    }
  }

  /// The name in files and on the screen.
  public var name: String {
    switch self {
    case .misclassified: "misclassified"
    case .robust: "robust"
    case .broken: "broken"
    case .beyondRadius: "beyond-radius"
    case .invalid: "invalid"
    }
  }

  /// The number in files.
  public var code: UInt8 {
    switch self {
    case .misclassified: 0
    case .robust: 1
    case .broken: 2
    case .beyondRadius: 3
    case .invalid: 4
    }
  }
}

/// What was found out about one example.
public struct ExampleOutcome: Hashable, Codable, Sendable {
  /// The index in the dataset.
  public let id: Int
  /// The true class.
  public let label: Int
  /// The class it was to be taken for, if any.
  public let target: Int?
  /// How it ended.
  public internal(set) var status: ExampleStatus
  /// The class predicted for the image.
  public internal(set) var cleanPrediction: Int?
  /// The class predicted for what the attack gave back.
  public internal(set) var adversarialPrediction: Int?
  /// The size of the perturbation in the norm of the threat model.
  public internal(set) var distance: Float = 0
  /// The largest absolute change.
  public internal(set) var distanceLinf: Float = 0
  /// The Euclidean length of the perturbation.
  public internal(set) var distanceL2: Float = 0
  /// The forward passes that the attack made for it.
  public internal(set) var forwards = 0
  /// The backward passes among them.
  public internal(set) var backwards = 0
  /// The gradients among them that were zero in every pixel.
  public internal(set) var zeroGradients = 0
  /// Its share of the time the attack took for its batch.
  public package(set) var seconds = 0.0

  /// The adversarial points that a black-box attack showed to the model, each nearer than the one before; nil for other
  /// attacks.
  public package(set) var trace: [FoundPoint]?
  /// Whether an adversarial image still is one when its pixels are rounded to whole steps; nil where that was not asked or
  /// the example is not broken.
  public internal(set) var survivesRounding: Bool?

  /// A hash of the bits of what the attack gave back; 0 where it was not attacked.
  public internal(set) var fingerprint: UInt64 = 0

  /// Whether the attack succeeded.
  public var isBroken: Bool { status == .broken }

  /// Becomes that of an attack which gave back the image itself.
  mutating func stand(at image: Tensor<Float>) {
    status = .robust
    adversarialPrediction = cleanPrediction
    (distance, distanceLinf, distanceL2) = (0, 0, 0)
    fingerprint = Fingerprint.of(image)
  }
}

extension ExampleOutcome {
  /// One hash, in hexadecimal, of the status and the adversarial images of some examples: equal where an evaluation was run
  /// again and gave the same bits.
  public static func fingerprint(of examples: some Sequence<ExampleOutcome>) -> String {
    var hash = Fingerprint()
    for example in examples { hash.add(example) }
    return hash.digits
  }
}

/// A 64-bit hash of words (FNV-1a on words): it tells results apart that differ by chance, not by design.
struct Fingerprint: Hashable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    value ^= value >> 32
  }

  /// Adds the status and the adversarial image of an example.
  mutating func add(_ example: ExampleOutcome) {
    add(UInt64(bitPattern: Int64(example.id)))
    add(UInt64(example.status.code))
    add(example.fingerprint)
  }

  /// 16 hexadecimal digits.
  var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The hash of the bits of a tensor.
  static func of(_ tensor: Tensor<Float>) -> UInt64 {
    var hash = Fingerprint()
    tensor.withUnsafeScalars { scalars in for scalar in scalars { hash.add(UInt64(scalar.bitPattern)) } }
    return hash.value
  }
}
