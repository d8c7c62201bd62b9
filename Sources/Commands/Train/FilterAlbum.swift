internal import Networks
internal import Reports

/// The filters of a network's first layer at the end of every epoch: of a convolution of grey or coloured images its
/// kernels, of a dense layer that sees the pixels its rows.
struct FilterAlbum {
  private static let mostFilters = 64
  /// Of longer runs the epochs are thinned out, so that the page stays small.
  private static let mostEpochs = 50

  private let key: ParameterKey
  /// That of one filter: `[C, H, W]`.
  private let shape: Shape
  private let count: Int
  private var epochs: [(epoch: Int, weights: Tensor<Float>)] = []

  /// `nil` where the first layer has no filters that can be looked at.
  init?(_ network: Network) {
    let found = network.nodes.lazy.compactMap { node -> (ParameterKey, Shape, Int)? in
      guard let input = node.inputs.first.map({ network.nodes[$0].shape }) else { return nil }
      switch node.operation {
      case .convolution(let layer):
        return (
          ParameterKey(node.name, .weight), [input[0] / layer.groups, layer.kernel.height, layer.kernel.width],
          layer.outputChannels
        )
      case .dense(let layer):
        return (
          ParameterKey(node.name, .weight), input.count == network.inputShape.count ? network.inputShape : input,
          layer.outputs
        )
      default: return nil
      }
    }.first
    guard let (key, shape, count) = found, shape.rank == 3, shape[0] == 1 || shape[0] == 3, shape.count > 1 else {
      return nil
    }
    (self.key, self.shape, self.count) = (key, shape, min(count, Self.mostFilters))
  }

  /// Takes the filters as they are at the end of an epoch.
  mutating func add(epoch: Int, _ parameters: Parameters) {
    guard let weights = parameters.tensors[key] else { return }
    epochs.append((epoch, weights.examples(0..<count)))
    // Every other one is enough from then on; the first and the last stay.
    guard epochs.count > 2 * Self.mostEpochs else { return }
    epochs = epochs.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
  }

  /// The picture of the last epoch; nil where there is none.
  var last: Gallery.Picture? { epochs.last.flatMap { picture($0.weights) } }

  /// A picture for every epoch; nil where there is none.
  var gallery: Gallery? {
    let last = epochs.count - 1
    let step = max(1, (epochs.count + Self.mostEpochs - 1) / Self.mostEpochs)
    let shown = epochs.enumerated().filter { ($0.offset - last) % step == 0 }.map(\.element)
    let views = shown.compactMap { epoch, weights in
      picture(weights).map { ("epoch \(epoch)", Gallery.View(outcome: "", [$0], Facts())) }
    }
    guard !views.isEmpty else { return nil }
    let item = Gallery.Item("\(count) filters of \(key.node)", kind: "", views.map(\.1))
    return Gallery("What the first layer looks for", stages: views.map(\.0), [item])
  }

  /// The filters in rows of 8, grey where a weight is 0, and black or white where it is the largest of all.
  private func picture(_ weights: Tensor<Float>) -> Gallery.Picture? {
    let (channels, area) = (shape[0], shape[1] * shape[2])
    let scalars = weights.double.scalars
    let grey = GreyScale(of: scalars, isSigned: true)
    let tiles = (0..<count).map { filter in
      (0..<shape.count).map { place in
        grey.level(scalars[filter * shape.count + place % channels * area + place / channels])
      }
    }
    let scale = max(1, 48 / max(shape[1], shape[2]))
    return TileSheet(width: shape[2], height: shape[1], channels: channels, scale: scale).picture("filters", tiles)
  }
}
