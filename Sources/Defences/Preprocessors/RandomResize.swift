public import Hyperparameters
public import Networks

/// Images shrunk to a random size and put at a random position on an empty image of their old size.
///
/// Xie, Wang, Zhang, Ren and Yuille, *Mitigating adversarial effects through randomization*, arXiv 1711.01991, enlarge
/// images of 299 pixels to 299 up to 330 and pad them to 331. A network that takes one size only is given the same
/// ratio the other way round: a side of n pixels becomes one of ⌊0.9 n⌋ to n, each equally likely, height and width by
/// the same draw. As there, pixels are those of the nearest neighbour, source index ⌊i · n / side⌋. Empty pixels have
/// the lowest pixel value. The gradient is exact for every draw, and averaged over them.
public struct RandomResize: BoundedPreprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "resize-pad", title: "Random resizing",
    summary: "Images shrunk to a random size, at a random place.",
    citation: "Xie, Wang, Zhang, Ren and Yuille, arXiv 1711.01991")

  /// The smallest size as a share of the old one.
  public var smallest: Float = 0.9
  /// The range of valid pixels.
  public var bounds: ClosedRange<Float> = 0...1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<RandomResize>] = [
    .number("smallest", \.smallest, .from(0.01, to: 1), "The smallest size as a share of the old one.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a preprocessor.
  public init(smallest: Float, bounds: ClosedRange<Float> = 0...1) {
    self.smallest = smallest
    self.bounds = bounds
  }

  /// Pixels are copied.
  public var derivative: DerivativeKind { .exact }

  /// Always.
  public var isRandomized: Bool { true }

  /// The resized and padded images.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let planes = try Planes(images, for: Self.name)
    return images.mappingExamples { image, result in
      result.update(repeating: bounds.lowerBound)
      forEachPixel(of: image, planes, draw) { place, source in result[place] = image[source] }
    }
  }

  /// Every pixel's gradient, added to the pixel that it was copied from.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let planes = try Planes(images, for: Self.name)
    return images.mappingExamples(with: cotangent, to: images.shape.example) { image, cotangent, result in
      forEachPixel(of: image, planes, draw) { place, source in result[source] += cotangent[place] }
    }
  }

  private func forEachPixel(
    of image: UnsafeBufferPointer<Float>, _ planes: Planes, _ draw: Draw, _ body: (_ place: Int, _ source: Int) -> Void
  ) {
    var stream = draw.stream(for: image)
    let share = smallest + (1 - smallest) * stream.uniform()
    let (height, width) = (side(planes.height, share), side(planes.width, share))
    let top = stream.integer(below: planes.height - height + 1)
    let left = stream.integer(below: planes.width - width + 1)
    for start in stride(from: 0, to: image.count, by: planes.size) {
      for y in 0..<height {
        let row = y * planes.height / height * planes.width
        let place = start + (top + y) * planes.width + left
        for x in 0..<width { body(place + x, start + row + x * planes.width / width) }
      }
    }
  }

  /// From ⌊smallest · n⌋ to n, each equally likely for a uniform share.
  private func side(_ full: Int, _ share: Float) -> Int {
    let least = max(1, Int(smallest * Float(full)))
    guard smallest < 1 else { return full }
    let position = (share - smallest) / (1 - smallest)
    return min(full, least + Int(position * Float(full - least + 1)))
  }
}
