import Glibc
public import Hyperparameters
public import Networks

/// Every pixel as a row of ones and zeros: as many ones as there are levels below it.
///
///     bit k of pixel x = 1 where x > k / levels,  k = 0, ..., levels − 1
///
/// Buckman, Roy, Raffel and Goodfellow, *Thermometer encoding: one hot way to resist adversarial examples*, ICLR 2018.
/// C channels become C · levels, those of one channel next to each other, so the network must have been made for and
/// trained on encoded images. In the backward pass a logistic function of width 1 / levels replaces each step, so that
/// every level has a gradient (the ramps of Athalye et al., arXiv 1802.00420, leave a black pixel without any
/// gradient).
public struct Thermometer: BoundedPreprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "thermometer", title: "Thermometer encoding",
    summary: "Every pixel as a row of ones and zeros.",
    citation: "Buckman, Roy, Raffel and Goodfellow, ICLR 2018")

  /// The number of levels.
  public var levels = 16
  /// The range of valid pixels.
  public var bounds: ClosedRange<Float> = 0...1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<Thermometer>] = [
    .integer("levels", \.levels, in: 2...256, "The number of levels.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an encoding.
  public init(levels: Int, bounds: ClosedRange<Float> = 0...1) {
    self.levels = levels
    self.bounds = bounds
  }

  /// A smooth step.
  public var derivative: DerivativeKind { .surrogate("logistic steps of width 1/\(levels)") }

  /// As many channels as there are for every level.
  public func inputShape(producing shape: Shape) throws -> Shape {
    guard shape.rank == 3, shape[0].isMultiple(of: levels) else {
      throw DefenceError.shape(
        found: shape, expected: "a network for images with a multiple of \(levels) channels", for: Self.name)
    }
    return [shape[0] / levels, shape[1], shape[2]]
  }

  /// The shape of an encoded image.
  public func outputShape(of shape: Shape) throws -> Shape {
    guard shape.rank == 3 else {
      throw DefenceError.shape(found: shape, expected: "images of channels, rows and columns", for: Self.name)
    }
    return [shape[0] * levels, shape[1], shape[2]]
  }

  /// The ones and zeros.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let plane = try Planes(images, for: Self.name).size
    return try images.mappingExamples(to: outputShape(of: images.shape.example)) { image, result in
      for i in image.indices {
        let (channel, pixel) = i.quotientAndRemainder(dividingBy: plane)
        let height = position(image[i])
        for level in 0..<levels { result[(channel * levels + level) * plane + pixel] = height > Float(level) ? 1 : 0 }
      }
    }
  }

  /// The derivatives of the smooth steps.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let plane = try Planes(images, for: Self.name).size
    let slope = Float(levels) / (bounds.upperBound - bounds.lowerBound)
    return images.mappingExamples(with: cotangent, to: images.shape.example) { image, cotangent, result in
      for i in image.indices {
        let (channel, pixel) = i.quotientAndRemainder(dividingBy: plane)
        let height = position(image[i])
        var sum: Float = 0
        for level in 0..<levels {
          let step = 1 / (1 + exp(Float(level) - height))
          sum += cotangent[(channel * levels + level) * plane + pixel] * step * (1 - step)
        }
        result[i] = slope * sum
      }
    }
  }

  /// The pixel in units of levels.
  private func position(_ pixel: Float) -> Float {
    (pixel - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound) * Float(levels)
  }
}
