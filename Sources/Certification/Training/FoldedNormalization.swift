import Networks

/// A classifier without its batch normalisations: each becomes part of the convolution or dense layer before it. Unlike
/// folding for inference this has a derivative, for training by bounds.
///
///     W' = s W,   b' = s b + t,   s = γ / √(v + e),   t = β − μ s      per channel
struct FoldedNormalization: Sendable {
  /// The classifier.
  private let base: Network
  /// The batch normalisations with the layers before them.
  private let pairs: [(normalization: Int, layer: Int)]

  /// Finds the layers.
  ///
  /// - Throws: `NetworkError` where a batch normalisation does not follow a layer with weights that nothing else reads.
  init(of base: Network) throws(NetworkError) {
    self.base = base
    let consumers = base.consumers
    var pairs: [(Int, Int)] = []
    for (index, node) in base.nodes.enumerated() {
      guard case .batchNormalization = node.operation else { continue }
      guard consumers[node.inputs[0]] == [index], base.nodes[node.inputs[0]].operation.takesNormalization else {
        throw NetworkError(
          node: node.name,
          expected: "batch normalisation right behind a convolution or dense layer, for training by bounds",
          found: "it behind \(base.nodes[node.inputs[0]].operation.kindName)")
      }
      pairs.append((index, node.inputs[0]))
    }
    self.pairs = pairs
  }

  /// Gradients of the classifier's parameters and of its statistics, from those of the folded network.
  ///
  /// - Parameters:
  ///   - gradients: Of the parameters of the folded network.
  ///   - parameters: The classifier's, with the statistics that were folded.
  /// - Returns: The gradients; means and variances have them too.
  func pullback(_ gradients: Parameters, at parameters: Parameters) -> Parameters {
    var result = gradients
    for (normalization, layer) in pairs {
      let (name, own) = (base.nodes[layer].name, base.nodes[normalization].name)
      guard case .batchNormalization(let payload) = base.nodes[normalization].operation,
        let weight = parameters[name, .weight], let mean = parameters[own, .mean],
        let variance = parameters[own, .variance], let ofWeight = gradients[name, .weight],
        let ofBias = gradients[name, .bias]
      else { continue }
      let fold = ChannelFold(
        scale: parameters[own, .scale]?.scalars, mean: mean.scalars, variance: variance.scalars,
        epsilon: Double(payload.epsilon))
      let bias = parameters[name, .bias]
      result[name, .bias] = bias.map { fold.scaled(ofBias, like: $0.shape) }
      result[name, .weight] = fold.scaled(ofWeight, like: weight.shape)
      let slopes = fold.slopes(weight: weight, bias: bias, ofWeight: ofWeight, ofBias: ofBias)
      if payload.hasScale { result[own, .scale] = slopes.scale }
      if payload.hasShift { result[own, .shift] = ofBias }
      (result[own, .mean], result[own, .variance]) = (slopes.mean, slopes.variance)
    }
    return result
  }
}

extension Operation {
  fileprivate var takesNormalization: Bool {
    switch self {
    case .convolution, .dense: true
    default: false
    }
  }
}

/// s of every channel, and derivatives through it. Sums are in double precision.
private struct ChannelFold {
  /// γ
  private let scale: [Double]
  private let mean: [Double]
  /// 1 / √(v + e)
  private let inverse: [Double]

  init(scale: [Float]?, mean: [Float], variance: [Float], epsilon: Double) {
    self.scale = scale?.map(Double.init) ?? Array(repeating: 1, count: mean.count)
    self.mean = mean.map(Double.init)
    inverse = variance.map { 1 / (Double($0) + epsilon).squareRoot() }
  }

  /// Every row times s.
  func scaled(_ rows: Tensor<Float>, like shape: Shape) -> Tensor<Float> {
    let width = rows.scalars.count / scale.count
    return Tensor(
      shape: shape,
      scalars: rows.scalars.enumerated().map { Float(Double($1) * scale[$0 / width] * inverse[$0 / width]) })
  }

  /// The gradients of γ, μ and v.
  func slopes(
    weight: Tensor<Float>, bias: Tensor<Float>?, ofWeight: Tensor<Float>, ofBias: Tensor<Float>
  ) -> (scale: Tensor<Float>, mean: Tensor<Float>, variance: Tensor<Float>) {
    let (channels, width) = (scale.count, weight.scalars.count / scale.count)
    var (ofScale, ofMean, ofVariance): ([Float], [Float], [Float]) = ([], [], [])
    for channel in 0..<channels {
      let ofShift = Double(ofBias.scalars[channel])
      // Of s: directly, and through t.
      var slope = (Double(bias?.scalars[channel] ?? 0) - mean[channel]) * ofShift
      for place in channel * width..<(channel + 1) * width {
        slope += Double(weight.scalars[place]) * Double(ofWeight.scalars[place])
      }
      let inverse = inverse[channel]
      ofScale.append(Float(slope * inverse))
      ofMean.append(Float(-scale[channel] * inverse * ofShift))
      ofVariance.append(Float(-slope * scale[channel] * inverse * inverse * inverse / 2))
    }
    let shape: Shape = [channels]
    return (
      Tensor(shape: shape, scalars: ofScale), Tensor(shape: shape, scalars: ofMean),
      Tensor(shape: shape, scalars: ofVariance)
    )
  }
}
