public import Hyperparameters

/// ResNet-18 as it is used for CIFAR: the stages of ResNet-18 for large images, with the same widths.
public struct ResNet18CIFAR: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "resnet18-cifar", title: "ResNet-18 for CIFAR",
    summary: "For 32×32 images: 3×3 convolution without pooling, four stages.",
    citation: "He et al., arXiv 1512.03385")

  /// Channels of the first stage.
  public var width = 64
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<ResNet18CIFAR>] = [.width(\.width), .normalize(\.normalize)]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("conv1", "bn1", width)
    try network.activation("relu")
    try network.residualStages([2, 2, 2, 2], .basic, width: width, shortcut: "shortcut")
    try network.globalAveragePooling()
    try network.dense("linear", classCount)
  }
}

/// How deep a narrow residual network is.
public protocol NarrowResNetDepth: Sendable {
  /// Layers with weights; 2 more than a multiple of 6.
  static var layers: Int { get }
}

/// The residual networks of the paper for CIFAR: three stages of (depth − 2) / 6 blocks. The paper's shortcuts without
/// weights are 1×1 convolutions here.
public struct NarrowResNet<Depth: NarrowResNetDepth>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "resnet\(Depth.layers)-cifar", title: "ResNet-\(Depth.layers) for CIFAR",
      summary: "For 32×32 images: three narrow stages.", citation: "He et al., arXiv 1512.03385")
  }

  /// Channels of the first stage.
  public var width = 16
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<NarrowResNet>] { [.width(\.width), .normalize(\.normalize)] }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    try network.normalizedConvolution("conv1", "bn1", width)
    try network.activation("relu")
    let blocks = Array(repeating: (Depth.layers - 2) / 6, count: 3)
    try network.residualStages(blocks, .basic, width: width, shortcut: "downsample")
    try network.globalAveragePooling()
    try network.dense("fc", classCount)
  }
}

/// ResNet-20 for CIFAR.
public typealias ResNet20CIFAR = NarrowResNet<ResNet20Depth>
/// ResNet-56 for CIFAR.
public typealias ResNet56CIFAR = NarrowResNet<ResNet56Depth>

/// The depth of `ResNet20CIFAR`.
public enum ResNet20Depth: NarrowResNetDepth {
  /// See `NarrowResNetDepth`.
  public static let layers = 20
}

/// The depth of `ResNet56CIFAR`.
public enum ResNet56Depth: NarrowResNetDepth {
  /// See `NarrowResNetDepth`.
  public static let layers = 56
}
