public import Networks

/// How the derivative of a preprocessor is taken.
public enum DerivativeKind: Hashable, Sendable, CustomStringConvertible {
  /// The derivative itself, almost everywhere.
  case exact
  /// Backward pass differentiable approximation (BPDA; Athalye, Carlini and Wagner, *Obfuscated gradients give a false
  /// sense of security*, arXiv 1802.00420): forwards the preprocessor itself, backwards what is named here.
  case surrogate(String)

  /// For people.
  public var description: String {
    switch self {
    case .exact: "exact gradient"
    case .surrogate(let text): "BPDA, backwards \(text)"
    }
  }
}

/// A change made to images before a classifier sees them, and the way back for gradients that its adaptive attack
/// needs.
///
/// One example's result does not depend on the others of its batch.
public protocol Preprocessor: Sendable, CustomStringConvertible {
  /// The name on the command line.
  static var name: String { get }
  /// How `pullback` takes the derivative.
  var derivative: DerivativeKind { get }
  /// Whether draws differ from each other.
  var isRandomized: Bool { get }
  /// The shape of an image of which one of `shape` is made.
  func inputShape(producing shape: Shape) throws -> Shape
  /// What the classifier sees.
  func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float>
  /// From the gradient at what `apply` gives to the gradient at `images`, for the same draw.
  func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float>
}

extension Preprocessor {
  /// Most are not.
  public var isRandomized: Bool { false }

  /// Most leave the shape, of whatever rank, as it is.
  public func inputShape(producing shape: Shape) throws -> Shape { shape }
}

/// One draw of the random numbers of a preprocessor.
///
/// A classifier is shown images and nothing else: not which example an image comes from, nor which step of an attack it
/// is. The image itself takes the place of both: 56 bits of a digest of its pixels stand where otherwise the example's
/// index stands. So the numbers do not depend on batch or order, every step of an attack gets fresh ones, and the same
/// image under the same draw always the same.
public struct Draw: Hashable, Sendable {
  /// The randomness of the run.
  public var random: RandomSource
  /// Who draws: the attacker, who tries the defence out, or the judge. Neither knows the numbers of the other.
  public var purpose: Purpose
  /// The number of the draw.
  public var number: Int

  /// Creates a draw.
  public init(random: RandomSource = RandomSource(seed: 0), purpose: Purpose = .defence, number: Int = 0) {
    self.random = random
    self.purpose = purpose
    self.number = number
  }

  /// The numbers for one image.
  func stream(for image: UnsafeBufferPointer<Float>) -> RandomStream {
    let digest = Self.digest(image)
    return random.stream(
      purpose, example: Int(truncatingIfNeeded: digest & 0xFFFF_FFFF), step: number,
      lane: Int(truncatingIfNeeded: digest >> 40))
  }

  /// Multiply and rotate (Fowler, Noll and Vo's scheme on words), with the last mixing of MurmurHash3.
  private static func digest(_ image: UnsafeBufferPointer<Float>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for pixel in image {
      hash = (hash ^ UInt64(pixel.bitPattern)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ (hash >> 33)
  }
}
