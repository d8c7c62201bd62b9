public import Hyperparameters

/// A convolution with a square kernel and equal strides.
public typealias IBPConvolution = (channels: Int, kernel: Int, stride: Int)

/// The layers of one of the networks of interval bound propagation.
public protocol IBPNetworkSize {
  /// What Gowal et al. call it.
  static var name: String { get }
  /// One line on its layers.
  static var summary: String { get }
  /// Each convolution.
  static var convolutions: [IBPConvolution] { get }
  /// Whether the convolutions keep the size of the image.
  static var isPadded: Bool { get }
  /// Widths of the dense layers.
  static var hidden: [Int] { get }
}

/// A network of interval bound propagation.
///
/// Padding is TensorFlow's: none, or 'same', which with stride 2 on an even extent adds its zeros at bottom and right
/// alone.
public struct IBPNetwork<Size: IBPNetworkSize>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "mnist-ibp-\(Size.name)", title: "Gowal et al.'s \(Size.name) network", summary: Size.summary,
      citation: "Gowal et al., arXiv 1810.12715")
  }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    for (index, layer) in Size.convolutions.enumerated() {
      var payload = Convolution(
        outputChannels: layer.channels, kernel: Extent(layer.kernel), stride: Extent(layer.stride))
      if Size.isPadded { payload.padding = network.samePadding(kernel: layer.kernel, stride: layer.stride) }
      try network.append(.convolution(payload), named: "conv\(index + 1)")
      try network.activation("relu\(index + 1)")
    }
    try network.flatten()
    try network.hiddenLayers(Size.hidden)
    try network.dense("logits", classCount)
  }
}

/// Two convolutions.
public typealias IBPSmall = IBPNetwork<IBPSmallSize>
/// Four convolutions.
public typealias IBPMedium = IBPNetwork<IBPMediumSize>
/// Five padded convolutions.
public typealias IBPLarge = IBPNetwork<IBPLargeSize>

/// The layers of `IBPSmall`.
public enum IBPSmallSize: IBPNetworkSize {
  /// See `IBPNetworkSize`.
  public static let name = "small", summary = "Two convolutions, dense 100.", isPadded = false, hidden = [100]
  /// See `IBPNetworkSize`.
  public static let convolutions: [IBPConvolution] = [(16, 4, 2), (32, 4, 1)]
}

/// The layers of `IBPMedium`.
public enum IBPMediumSize: IBPNetworkSize {
  /// See `IBPNetworkSize`.
  public static let name = "medium", summary = "Four convolutions, dense 512-512.", isPadded = false
  /// See `IBPNetworkSize`.
  public static let hidden = [512, 512]
  /// See `IBPNetworkSize`.
  public static let convolutions: [IBPConvolution] = [(32, 3, 1), (32, 4, 2), (64, 3, 1), (64, 4, 2)]
}

/// The layers of `IBPLarge`.
public enum IBPLargeSize: IBPNetworkSize {
  /// See `IBPNetworkSize`.
  public static let name = "large", summary = "Five padded 3×3 convolutions, dense 512.", isPadded = true
  /// See `IBPNetworkSize`.
  public static let hidden = [512]
  /// See `IBPNetworkSize`.
  public static let convolutions: [IBPConvolution] = [(64, 3, 1), (64, 3, 1), (128, 3, 2), (128, 3, 1), (128, 3, 1)]
}

extension Network {
  /// Zeros that make the output ⌈extent / stride⌉, the odd one at the end.
  fileprivate func samePadding(kernel: Int, stride: Int) -> Edges {
    func total(_ extent: Int) -> Int { max(((extent - 1) / stride) * stride + kernel - extent, 0) }
    guard outputShape.rank == 3 else { return Edges() }
    let (rows, columns) = (total(outputShape[1]), total(outputShape[2]))
    return Edges(top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
  }
}
