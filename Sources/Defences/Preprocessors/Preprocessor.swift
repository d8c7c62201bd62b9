public import Networks

/// How the derivative of a preprocessor is taken.
public enum DerivativeKind: Hashable, Sendable, CustomStringConvertible {
  /// The derivative itself, almost everywhere.
  case exact
  /// Backward pass differentiable approximation (BPDA; Athalye, Carlini and Wagner, *Obfuscated gradients give a false
  /// sense of security*, arXiv 1802.00420): the preprocessor itself in the forward pass, and what is named here in the
  /// backward pass.
  case surrogate(String)

  /// For people.
  public var description: String {
    switch self {
    case .exact: "exact gradient"
    case .surrogate(let text): "BPDA, backwards \(text)"
    }
  }
}

/// A change of images before they are classified, with the gradient that an adaptive attack needs.
///
/// One example's result does not depend on the others of its batch.
public protocol Preprocessor: Sendable, CustomStringConvertible {
  /// The name on the command line.
  static var name: String { get }
  /// How `pullback` takes the derivative.
  var derivative: DerivativeKind { get }
  /// Whether draws differ from each other.
  var isRandomized: Bool { get }
  /// The shape of an image that becomes one of `shape`.
  func inputShape(producing shape: Shape) throws -> Shape
  /// The preprocessed images.
  func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float>
  /// From the gradient at what `apply` gives to the gradient at `images`, for the same draw.
  func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float>
}

extension Preprocessor {
  /// Not randomised.
  public var isRandomized: Bool { false }

  /// The shape, of any rank, does not change.
  public func inputShape(producing shape: Shape) throws -> Shape { shape }
}

/// One draw of the random numbers of a preprocessor.
///
/// A classifier gets images alone: neither the index of an example nor the step of an attack. So 56 bits of a digest of
/// the pixels take the place of the example's index. The numbers depend neither on batch nor on order, every step of an
/// attack gets new ones, and the same image always gets the same ones under the same draw.
public struct Draw: Hashable, Sendable {
  /// The randomness of the run.
  public var random: RandomSource
  /// Whether an attack or the evaluation draws: their random numbers are independent.
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
