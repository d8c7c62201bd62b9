public import Networks

/// A network made from a classifier: for an image it gives the classifier's logits, and a lower bound of every margin
/// over the box of all images within ε of it, by interval bound propagation.
///
///     outputs [K + K²]:  z₀(x) … z₍K₋₁₎(x),  then for all i, j  m[i, j] ≤ min { zᵢ(x') − zⱼ(x') : |x' − x| ≤ ε }
///
/// Gowal et al., *On the effectiveness of interval bound propagation for training verifiably robust models*,
/// arXiv 1810.12715. As it is made of ordinary operations, every engine runs it and every optimiser trains through it.
///
/// The bounds run beside the image's own pass, lower and upper ones as channels of one node (`PairedAxis`). A layer with
/// weights W maps a pair to a pair with the weights (W⁺ W⁻; W⁻ W⁺), positive and negative parts, so it is one layer of
/// twice the channels; an operation that is monotone in every input stays as it is. The last dense layer and the
/// differences of its rows become one layer, (Wᵢ − Wⱼ) x, which is tighter than the difference of bounds.
///
/// Bounds of inner nodes can be among the outputs too, behind the margins (`InnerBounds`).
///
/// Evaluated in single precision the margins are what training needs and no certificate: their rounding errors are not
/// added.
public struct IntervalNetwork: Sendable {
  /// K.
  public let classCount: Int
  /// The bounds of inner nodes among the outputs.
  let inner: [InnerBounds]
  let derived: DerivedNetwork

  /// The classifier.
  public var base: Network { derived.base }
  /// The network of logits and margins.
  public var network: Network { derived.network }

  /// Makes the network.
  ///
  /// - Parameters:
  ///   - base: The classifier.
  ///   - pixels: The values a pixel may have; the box ends there.
  ///   - inner: Nodes of the classifier whose bounds are wanted among the outputs.
  /// - Throws: `NetworkError` for an operation that intervals do not pass through, or that training changes.
  public init(
    of base: Network, pixels: ClosedRange<Float> = 0...1, inner: [Int] = []
  ) throws(NetworkError) {
    var builder = try IntervalNetworkBuilder(base)
    try builder.appendBox(pixels)
    self.inner = try builder.appendBounds(inner: inner)
    classCount = try base.classCount()
    derived = DerivedNetwork(base: base, network: builder.network, derivations: builder.derivations)
  }

  /// The classifier's own logits among the outputs of some images, `[n, K]`.
  public func logits<Scalar>(in outputs: Tensor<Scalar>) -> Tensor<Scalar> { outputs.leading(classCount) }

  /// The bounds of margins among the outputs of some images: a row of K for each, of its label's margin over every class;
  /// that over itself is 0.
  public func margins<Scalar>(in outputs: Tensor<Scalar>, labels: [Int]) -> Tensor<Scalar> {
    let (classes, size) = (classCount, outputs.exampleSize)
    var result = Tensor<Scalar>(shape: [labels.count, classes])
    outputs.withUnsafeScalars { outputs in
      result.withUnsafeMutableScalars { result in
        for (row, label) in labels.enumerated() {
          let start = row * size + (1 + label) * classes
          for other in 0..<classes { result[row * classes + other] = other == label ? 0 : outputs[start + other] }
        }
      }
    }
    return result
  }

  /// The gradient at the outputs from those at logits and margins.
  func cotangent(logits: Tensor<Float>, margins: Tensor<Float>, labels: [Int]) -> Tensor<Float> {
    let (classes, size) = (classCount, network.outputShape.count)
    var result = Tensor<Float>(shape: [labels.count, size])
    result.withUnsafeMutableScalars { result in
      for (row, label) in labels.enumerated() {
        let start = row * size + (1 + label) * classes
        for other in 0..<classes {
          result[row * size + other] = logits.scalars[row * classes + other]
          if other != label { result[start + other] = margins.scalars[row * classes + other] }
        }
      }
    }
    return result
  }
}

extension Tensor {
  /// The first scalars of each example, `[n, count]`.
  func leading(_ count: Int) -> Tensor {
    let size = exampleSize
    var result = Tensor(shape: [exampleCount, count])
    result.withUnsafeMutableScalars { result in
      withUnsafeScalars { scalars in
        for place in result.indices { result[place] = scalars[place / count * size + place % count] }
      }
    }
    return result
  }
}
