public import Hyperparameters
public import Networks

/// A smooth image fitted to a random part of the pixels.
///
///     minimise over z   ½ Σ m (z − x)²  +  weight · Σ |∇z|,   m = 1 for a pixel that is kept, each with probability `keep`
///
/// Guo, Rana, Cissé and van der Maaten, *Countering adversarial images using input transformations*, arXiv 1711.00117,
/// with their weight 0.03 and half of the pixels. |∇z| is the length of the differences to the right and lower neighbour
/// (isotropic), every channel by itself, one set of pixels for all of them.
///
/// The solver is the primal-dual algorithm of Chambolle and Pock (J. Math. Imaging Vis. 40, 2011, algorithm 1, with
/// steps 1/√8 and no acceleration, from z = x), where the paper uses split Bregman: both converge to the same minimum,
/// and the number of iterations determines how close they get. With `keep` = 1 it is the plain denoising of Rudin,
/// Osher and Fatemi, and nothing is random. In the backward pass the identity replaces it, as in Athalye et al., arXiv
/// 1802.00420.
public struct TotalVariation: PreprocessorMethod, Preprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "tv", title: "Total variation",
    summary: "A smooth image fitted to a random part of the pixels.",
    citation: "Guo, Rana, Cissé and van der Maaten, arXiv 1711.00117")

  /// The weight of the variation.
  public var weight: Float = 0.03
  /// The probability that a pixel counts.
  public var keep: Float = 0.5
  /// The number of iterations.
  public var iterations = 50

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<TotalVariation>] = [
    .number("weight", \.weight, .from(0, to: 1e6), "The weight of the variation."),
    .number("keep", \.keep, .from(0.001, to: 1), "The probability that a pixel counts."),
    .integer("iterations", \.iterations, in: 1...100_000, "The iterations of the solver."),
  ]

  /// The defaults.
  public init() {}

  /// Creates a preprocessor.
  public init(
    weight: Float = TotalVariation().weight, keep: Float = TotalVariation().keep,
    iterations: Int = TotalVariation().iterations
  ) {
    self.weight = weight
    self.keep = keep
    self.iterations = iterations
  }

  /// The identity.
  public var derivative: DerivativeKind { .surrogate("the identity") }

  /// Unless all pixels are kept.
  public var isRandomized: Bool { keep < 1 }

  /// The minimisers.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let planes = try Planes(images, for: Self.name)
    var solver = VariationSolver(height: planes.height, width: planes.width, weight: weight)
    return images.mappingExamples { image, result in
      var stream = draw.stream(for: image)
      let isKept = (0..<planes.size).map { _ in keep >= 1 || stream.uniform() < keep }
      for start in stride(from: 0, to: image.count, by: planes.size) {
        let range = start..<start + planes.size
        solver.solve(
          UnsafeBufferPointer(rebasing: image[range]), isKept: isKept, iterations: iterations,
          into: UnsafeMutableBufferPointer(rebasing: result[range]))
      }
    }
  }

  /// The identity.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) -> Tensor<Float> { cotangent }
}

/// Minimises ½ Σ m (z − x)² + weight · Σ |∇z| over one plane.
struct VariationSolver {
  private let height: Int
  private let width: Int
  private let weight: Float
  /// Both steps: their product times ‖∇‖² ≤ 8 must not exceed 1.
  private let step: Float = 0.353_553_4
  /// The dual field, one vector of length ≤ weight per pixel.
  private var right: [Float]
  private var down: [Float]
  /// z extrapolated.
  private var ahead: [Float]

  init(height: Int, width: Int, weight: Float) {
    (self.height, self.width, self.weight) = (height, width, weight)
    right = Array(repeating: 0, count: height * width)
    (down, ahead) = (right, right)
  }

  mutating func solve(
    _ image: UnsafeBufferPointer<Float>, isKept: [Bool], iterations: Int, into z: UnsafeMutableBufferPointer<Float>
  ) {
    for i in z.indices { (right[i], down[i], ahead[i], z[i]) = (0, 0, image[i], image[i]) }
    for _ in 0..<iterations {
      raiseDual()
      for y in 0..<height {
        for x in 0..<width {
          let i = y * width + x
          // Minus the adjoint of the differences.
          let divergence =
            right[i] - (x > 0 ? right[i - 1] : 0) + down[i] - (y > 0 ? down[i - width] : 0)
          let old = z[i]
          let moved = old + step * divergence
          z[i] = isKept[i] ? (moved + step * image[i]) / (1 + step) : moved
          ahead[i] = 2 * z[i] - old
        }
      }
    }
  }

  /// One step along the differences, projected onto the disc of radius `weight`. At the last column and row the
  /// difference, and so the dual, is zero.
  private mutating func raiseDual() {
    for y in 0..<height {
      for x in 0..<width {
        let i = y * width + x
        let a = x + 1 < width ? right[i] + step * (ahead[i + 1] - ahead[i]) : 0
        let b = y + 1 < height ? down[i] + step * (ahead[i + width] - ahead[i]) : 0
        let length = (a * a + b * b).squareRoot()
        let factor = length > weight ? weight / length : 1
        (right[i], down[i]) = (a * factor, b * factor)
      }
    }
  }
}
