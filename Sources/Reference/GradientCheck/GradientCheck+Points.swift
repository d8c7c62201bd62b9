public import Networks

extension GradientCheck {
  /// Kinks of the points of `point(for:exampleCount:seed:)` are farther away than this, if 64 draws suffice for it. A
  /// probe of `epsilon` changes the value before a kink by a hundredth of it.
  public static let kinkMargin = 1e-3

  /// Random parameters and images at which a network of moderate size is well-conditioned and far from kinks.
  ///
  /// They are in single precision, so that a fast engine can be compared with the oracle at the very same point. Images
  /// hold well-separated values of −4...7 in random order: no two of them tie in a maximum.
  public static func point(
    for network: Network, exampleCount: Int, seed: UInt64
  ) -> (parameters: Parameters, images: Tensor<Float>) {
    var best = draw(for: network, exampleCount: exampleCount, seed: seed, attempt: 0)
    for attempt in 1..<64 where best.kinkDistance < kinkMargin {
      let next = draw(for: network, exampleCount: exampleCount, seed: seed, attempt: attempt)
      if next.kinkDistance > best.kinkDistance { best = next }
    }
    return (best.parameters, best.images)
  }

  /// Random images of pixels in 0...1 for a model with given parameters: of 16 draws the one farthest from kinks.
  public static func images(for model: ReferenceModel, exampleCount: Int, seed: UInt64) -> Tensor<Double> {
    let shape = model.network.inputShape.batched(exampleCount)
    var best: (images: Tensor<Double>, distance: Double)?
    for attempt in 0..<16 where (best?.distance ?? 0) < kinkMargin {
      var stream = RandomSource(seed: seed).stream(.check, step: attempt, lane: Lane.images.rawValue)
      let images = separatedValues(shape: shape, in: 0...1, &stream).double
      let distance = model.kinkDistance(outputs: model.activations(of: images, mode: .inference))
      if distance > best?.distance ?? -1 { best = (images, distance) }
    }
    return best?.images ?? Tensor(shape: shape)
  }

  /// What the random numbers of the catalogue's checks in training mode depend on.
  public static func trainingContext(exampleCount: Int, seed: UInt64) -> TrainingContext {
    TrainingContext(seed: seed, step: 0, exampleIDs: Array(0..<exampleCount))
  }

  private struct Draw {
    let parameters: Parameters
    let images: Tensor<Float>
    let kinkDistance: Double
  }

  private static func draw(for network: Network, exampleCount: Int, seed: UInt64, attempt: Int) -> Draw {
    let source = RandomSource(seed: seed)
    var stream = source.stream(.check, step: attempt, lane: Lane.parameters.rawValue)
    var parameters = Parameters()
    for specification in network.parameterSpecifications {
      parameters.tensors[specification.key] = randomParameter(specification, &stream)
    }
    stream = source.stream(.check, step: attempt, lane: Lane.images.rawValue)
    let images = separatedValues(shape: network.inputShape.batched(exampleCount), in: -4...7, &stream)
    guard let model = try? ReferenceModel(network: network, parameters: parameters.double) else {
      preconditionFailure("parameters made to a network's specifications do not fit it")
    }
    var distance = model.kinkDistance(outputs: model.activations(of: images.double, mode: .inference))
    if network.differsInTraining {
      let mode = Mode.training(trainingContext(exampleCount: exampleCount, seed: seed))
      distance = min(distance, model.kinkDistance(outputs: model.activations(of: images.double, mode: mode)))
    }
    return Draw(parameters: parameters, images: images, kinkDistance: distance)
  }

  private static func randomParameter(
    _ specification: ParameterSpecification, _ stream: inout RandomStream
  ) -> Tensor<Float> {
    let range: ClosedRange<Float> =
      switch specification.key.role {
      case .weight: -1...1
      case .bias, .shift, .mean: -0.5...0.5
      case .scale, .variance: 0.5...1.5
      case .slope: 0.1...0.4
      }
    // Outputs about as large as inputs, whatever the number of inputs.
    let fanIn = specification.key.role == .weight ? specification.shape.extents.dropFirst().reduce(1, *) : 1
    let gain = fanIn == 1 ? 1 : (3 / Float(fanIn)).squareRoot()
    let scalars = (0..<specification.shape.count).map { _ in stream.uniform(in: range) * gain }
    return Tensor(shape: specification.shape, scalars: scalars)
  }

  /// Distinct values in random order, each moved at random by up to a quarter of their distance.
  static func separatedValues(
    shape: Shape, in range: ClosedRange<Float>, _ stream: inout RandomStream
  ) -> Tensor<Float> {
    let spacing = (range.upperBound - range.lowerBound) / Float(shape.count)
    let scalars = stream.permutation(shape.count).map { rank in
      range.lowerBound + spacing * (Float(rank) + 0.5 + stream.uniform(in: -0.25...0.25))
    }
    return Tensor(shape: shape, scalars: scalars)
  }
}
