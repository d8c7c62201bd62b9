/// The pixel range that a network expects, found from the scalings before its first layer with weights.
extension Network {
  /// The range of the pixels that the network was made for: `0...255` or `0...1`, where it scales or shifts its images
  /// itself; nil where it takes them as they are, and so may take any.
  ///
  /// A map `scale · x + shift` is a normalisation by the mean −shift / scale and the deviation 1 / scale. Those of pixels
  /// in [0, 1] are at most 1, those of bytes are tens: `Rescaling(1/255)`, `Rescaling(1/127.5, -1)`, a normalisation by
  /// moments of bytes, the mean 103.939 that Caffe subtracts.
  public func expectedPixelRange(_ parameters: Parameters) -> ClosedRange<Float>? {
    var known: [Int: [PixelMap]] = [0: [PixelMap()]]
    var ends: [[PixelMap]] = []
    for index in nodes.indices.dropFirst() {
      let inputs = nodes[index].inputs.compactMap { known[$0] }
      guard let input = inputs.first else { continue }
      if let next = maps(of: nodes[index], input, parameters) {
        known[index] = next
      } else {
        ends += inputs
      }
    }
    let ranges = Set(ends.flatMap { $0 }.compactMap(\.range))
    return ranges.contains(PixelMap.bytes) ? PixelMap.bytes : ranges.first
  }

  /// The maps of the channels after a node that works on every pixel alone, or only moves pixels about; nil after any other.
  private func maps(of node: Node, _ input: [PixelMap], _ parameters: Parameters) -> [PixelMap]? {
    switch node.operation {
    case .reshape, .flatten, .permute, .zeroPadding, .cropping, .upsampling, .dropout, .pooling:
      // Once channels are moved it is not known which is which; only what all channels have in common is kept.
      let isMoved = input.count > 1 && node.shape[0] != input.count
      return isMoved && Set(input).count > 1 ? nil : isMoved ? [input[0]] : input
    case .affine:
      let scale = parameters[node.name, .scale]?.scalars ?? []
      let shift = parameters[node.name, .shift]?.scalars ?? [Float](repeating: 0, count: scale.count)
      return spread(input, over: scale.count) { $0.then(scale: Double(scale[$1]), shift: Double(shift[$1])) }
    case .batchNormalization(let payload):
      guard let mean = parameters[node.name, .mean]?.scalars, let variance = parameters[node.name, .variance]?.scalars
      else { return nil }
      return spread(input, over: mean.count) { map, channel in
        let scale = 1 / Double(variance[channel] + payload.epsilon).squareRoot()
        return map.then(scale: scale, shift: -Double(mean[channel]) * scale)
      }
    case .input, .convolution, .transposedConvolution, .dense, .globalPooling, .activation, .parametricReLU, .softmax,
      .logSoftmax, .layerNormalization, .groupNormalization, .add, .multiply, .concatenate:
      return nil
    }
  }

  private func spread(
    _ input: [PixelMap], over count: Int, _ body: (PixelMap, Int) -> PixelMap
  ) -> [PixelMap]? {
    guard count > 0, input.count == 1 || input.count == count else { return nil }
    return (0..<count).map { body(input[input.count == 1 ? 0 : $0], $0) }
  }
}

/// `scale · x + shift` of a pixel.
private struct PixelMap: Hashable {
  var scale = 1.0
  var shift = 0.0

  static let bytes: ClosedRange<Float> = 0...255
  static let unit: ClosedRange<Float> = 0...1

  func then(scale: Double, shift: Double) -> PixelMap {
    PixelMap(scale: self.scale * scale, shift: self.shift * scale + shift)
  }

  /// Mean and deviation of pixels in [0, 1] are at most 1 (2 and −1 where the map leads to [−1, 1]); those of bytes are
  /// above 20. No common normalisation lies between.
  var range: ClosedRange<Float>? {
    guard scale != 0, scale.isFinite, shift.isFinite, self != PixelMap() else { return nil }
    let (mean, deviation) = (abs(shift / scale), abs(1 / scale))
    if max(mean, deviation) >= 20 { return Self.bytes }
    return deviation <= 2 && mean <= 2 && (deviation < 0.9 || shift != 0) ? Self.unit : nil
  }
}
