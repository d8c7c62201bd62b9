public import Networks

/// Logits W x + b: the model on which attacks can be checked against closed forms.
///
/// Weights, images and box are meant to be far from uniform: on uniform ones wrong projections go unnoticed.
public struct LinearClassifier: DifferentiableClassifier {
  /// The shape of one image.
  public let inputShape: Shape
  /// One row of weights per class, `[K, d]`.
  public let weights: Tensor<Float>
  /// One bias per class.
  public let biases: [Float]

  /// Creates a classifier.
  public init(inputShape: Shape, weights: Tensor<Float>, biases: [Float]) {
    self.inputShape = inputShape
    self.weights = weights
    self.biases = biases
  }

  /// A classifier with random weights, very different in size.
  public static func random(inputShape: Shape, classCount: Int, seed: UInt64) -> LinearClassifier {
    var stream = RandomSource(seed: seed).stream(.initialization)
    let scalars = (0..<classCount * inputShape.count).map { _ in
      stream.normal() * stream.uniform() * stream.uniform()
    }
    return LinearClassifier(
      inputShape: inputShape, weights: Tensor(shape: [classCount, inputShape.count], scalars: scalars),
      biases: (0..<classCount).map { _ in 0.1 * stream.normal() })
  }

  /// The number of rows of weights.
  public var classCount: Int { biases.count }
  /// Both are summed alike.
  public var pullbackLogitsAreExact: Bool { true }

  /// W x + b, summed in double precision.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let (classes, size) = (classCount, inputShape.count)
    var result = Tensor<Float>(shape: [images.exampleCount, classes])
    images.withUnsafeScalars { images in
      weights.withUnsafeScalars { weights in
        result.withUnsafeMutableScalars { result in
          for index in result.indices {
            let (row, column) = index.quotientAndRemainder(dividingBy: classes)
            var sum = Double(biases[column])
            for pixel in 0..<size {
              sum += Double(weights[column * size + pixel]) * Double(images[row * size + pixel])
            }
            result[index] = Float(sum)
          }
        }
      }
    }
    return result
  }

  /// Wᵀ times the cotangent; the batch is worked through in parts of five, as a model may.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    var gradient = Tensor<Float>(shape: images.shape)
    for part in shardRanges(count: images.exampleCount, size: 5) {
      let cotangents = try cotangent(logits.examples(part), part)
      gradient.scatter(transposed(cotangents), to: Array(part))
    }
    return (logits, gradient)
  }

  private func transposed(_ cotangents: Tensor<Float>) -> Tensor<Float> {
    let size = inputShape.count
    var result = Tensor<Float>(shape: inputShape.batched(cotangents.exampleCount))
    result.withUnsafeMutableScalars { result in
      weights.withUnsafeScalars { weights in
        cotangents.withUnsafeScalars { cotangents in
          for index in result.indices {
            let (row, pixel) = index.quotientAndRemainder(dividingBy: size)
            var sum = 0.0
            for column in 0..<classCount {
              sum += Double(cotangents[row * classCount + column]) * Double(weights[column * size + pixel])
            }
            result[index] = Float(sum)
          }
        }
      }
    }
    return result
  }
}

extension LinearClassifier {
  /// The exact smallest perturbation, in a norm and within a box, that makes a two-class model leave class `label`;
  /// infinite where the box holds none.
  ///
  /// Every optimum is d = clamp(s · direction) with one free number s, or a greedy choice, so that bisection finds it.
  public func optimum(_ norm: Norm, image: [Float], label: Int, bounds: ClosedRange<Float>) -> Double {
    precondition(classCount == 2, "the closed form is that of two classes")
    let size = inputShape.count
    let slopes = (0..<size).map { pixel in
      Double(weights.scalars[(1 - label) * size + pixel]) - Double(weights.scalars[label * size + pixel])
    }
    let rooms = zip(slopes, image).map { slope, pixel in
      Double(slope > 0 ? bounds.upperBound : pixel) - Double(slope > 0 ? pixel : bounds.lowerBound)
    }
    let bias = Double(biases[1 - label]) - Double(biases[label])
    let needed = -zip(slopes, image).reduce(bias) { $0 + $1.0 * Double($1.1) }
    let steps = zip(slopes.map(abs), rooms).sorted { $0.0 > $1.0 }
    guard steps.reduce(0, { $0 + $1.0 * $1.1 }) >= needed else { return .infinity }
    switch norm {
    case .linf: return bisect { radius in steps.reduce(0) { $0 + $1.0 * min(radius, $1.1) } >= needed }
    case .l2:
      let scale = bisect { scale in steps.reduce(0) { $0 + $1.0 * min(scale * $1.0, $1.1) } >= needed }
      return steps.reduce(0) { $0 + min(scale * $1.0, $1.1) * min(scale * $1.0, $1.1) }.squareRoot()
    case .l1, .l0: return greedy(steps, needed: needed, countingPixels: norm == .l0)
    }
  }

  private func bisect(_ isEnough: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    while !isEnough(high) { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if isEnough(middle) { high = middle } else { low = middle }
    }
    return high
  }

  private func greedy(_ steps: [(Double, Double)], needed: Double, countingPixels: Bool) -> Double {
    var (left, spent) = (needed, 0.0)
    let order = countingPixels ? steps.sorted { $0.0 * $0.1 > $1.0 * $1.1 } : steps
    for (slope, room) in order where left > 0 {
      spent += countingPixels ? 1 : min(room, left / slope)
      left -= slope * room
    }
    return spent
  }
}
