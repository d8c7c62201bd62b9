internal import Networks

extension Network {
  /// The bytes of the tables that one plan holds beside its arena.
  package var tableByteCount: Int {
    nodes.indices.reduce(0) { sum, index in min(sum + tableByteCount(of: index), 1 << 60) }
  }

  /// The bytes of one node's table.
  func tableByteCount(of index: Int) -> Int {
    let output = nodes[index].shape
    guard let input = inputShapes(of: index).first else { return 0 }
    let count = output.count
    func bytes(_ terms: Int) -> Int { SparseMap.byteCount(rows: count, terms: terms) }
    switch nodes[index].operation {
    case .zeroPadding, .cropping: return bytes(min(count, input.count))
    case .permute: return bytes(count)
    case .reshape(let payload): return payload.order == .channelsLast ? bytes(count) : 0
    case .upsampling(let payload): return bytes(count * payload.termCount)
    case .pooling(let payload):
      guard payload.roundsUp, case .average(countsPadding: true) = payload.kind else { return 0 }
      return bytes(payload.termCount(input, output))
    case .input, .convolution, .transposedConvolution, .dense, .globalPooling, .activation, .parametricReLU, .softmax,
      .logSoftmax,
      .flatten, .batchNormalization, .layerNormalization, .groupNormalization, .affine, .dropout, .add, .multiply,
      .concatenate:
      return 0
    }
  }
}
