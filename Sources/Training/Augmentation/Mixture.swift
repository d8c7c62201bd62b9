import Glibc
import Networks

/// The second labels of images that are each mixed from two. The loss is (1 − share) · loss of the first label + share ·
/// loss of the second one.
public struct Mixture: Hashable, Sendable {
  /// One class per image.
  public let labels: [Int]
  /// The share of the second label in each image.
  public let shares: [Float]

  /// Creates second labels.
  public init(labels: [Int], shares: [Float]) {
    self.labels = labels
    self.shares = shares
  }
}

/// The images of a run with their augmentations.
struct AugmentedImages {
  let whole: any TrainingImages
  let augmentations: [any Augmentation]
  let random: RandomSource

  /// The images of a mini-batch as they are in an epoch. Others for mixtures come from the same window as each of them.
  ///
  /// - Parameters:
  ///   - batch: The images as they are stored.
  ///   - epoch: The epoch.
  ///   - windows: The indices that the others are drawn from, for each image.
  /// - Returns: The images, and what they are mixed with.
  /// - Throws: What reading the others throws.
  func changing(
    _ batch: LabelledImages, epoch: Int, windows: @autoclosure () -> [[Int]]
  ) throws -> (examples: LabelledImages, mixture: Mixture?) {
    guard !augmentations.isEmpty else { return (batch, nil) }
    var examples = batch
    change(&examples, epoch: epoch)
    guard let (alpha, lane) = mixing else { return (examples, nil) }
    var (partners, shares): ([Int], [Float]) = ([], [])
    for (id, window) in zip(examples.ids, windows()) {
      var stream = random.stream(.augmentation, example: id, step: epoch, lane: lane)
      partners.append(window[stream.integer(below: window.count)])
      shares.append(stream.symmetricBeta(alpha: alpha))
    }
    var others = try whole.gathering(partners)
    change(&others, epoch: epoch)
    examples = examples.replacingImages(blended(examples.images, others.images, shares: shares))
    return (examples, Mixture(labels: others.labels, shares: shares))
  }

  private var mixing: (alpha: Float, lane: Int)? {
    for (lane, augmentation) in augmentations.enumerated() {
      if let mixup = augmentation as? Mixup { return (mixup.alpha, lane) }
    }
    return nil
  }

  private func change(_ examples: inout LabelledImages, epoch: Int) {
    var images = examples.images
    let (shape, size) = (images.shape.example, images.exampleSize)
    images.withUnsafeMutableScalars { scalars in
      for (row, id) in examples.ids.enumerated() {
        let image = UnsafeMutableBufferPointer(rebasing: scalars[row * size..<(row + 1) * size])
        for (lane, augmentation) in augmentations.enumerated() {
          var stream = random.stream(.augmentation, example: id, step: epoch, lane: lane)
          augmentation.apply(to: image, shape: shape, stream: &stream)
        }
      }
    }
    examples = examples.replacingImages(images)
  }
}

/// (1 − share) · a + share · b, example by example.
private func blended(_ a: Tensor<Float>, _ b: Tensor<Float>, shares: [Float]) -> Tensor<Float> {
  var result = a
  let size = a.exampleSize
  result.withUnsafeMutableScalars { result in
    b.withUnsafeScalars { other in
      for row in shares.indices {
        let share = shares[row]
        for index in row * size..<(row + 1) * size {
          result[index] = (1 - share) * result[index] + share * other[index]
        }
      }
    }
  }
  return result
}

extension RandomStream {
  /// A number distributed as Beta(alpha, alpha), by Jöhnk's rejection method, in logarithms because powers of small
  /// alphas underflow. For alphas of at most 4 at least one try in 70 is accepted.
  mutating func symmetricBeta(alpha: Float) -> Float {
    while true {
      let (x, y) = (-Double(exponential()) / Double(alpha), -Double(exponential()) / Double(alpha))
      if exp(x) + exp(y) <= 1 { return Float(1 / (1 + exp(y - x))) }
    }
  }
}
