public import Hyperparameters

/// How many convolutions a VGG network has.
public protocol VGGDepth: Sendable {
  /// Layers with weights.
  static var layers: Int { get }
  /// 3×3 convolutions of each of the five stages.
  static var convolutions: [Int] { get }
  /// Whether a batch normalisation follows each.
  static var isBatchNormalized: Bool { get }
}

extension VGGDepth {
  /// The form of the paper has no normalisation.
  public static var isBatchNormalized: Bool { false }
}

/// A plain stack of convolutions under large dense layers, in torchvision's form, for images of 32×32 pixels and more;
/// nodes are named as its modules.
public struct VGG<Depth: VGGDepth>: Architecture {
  /// Name, title and source.
  public static var method: Method {
    Method(
      name: "vgg\(Depth.layers)" + (Depth.isBatchNormalized ? "-bn" : ""),
      title: "VGG-\(Depth.layers)" + (Depth.isBatchNormalized ? " with batch normalisation" : ""),
      summary: "Stacks of 3×3 convolutions\(Depth.isBatchNormalized ? ", normalised" : ""), dense 4096-4096.",
      citation: "Simonyan and Zisserman, arXiv 1409.1556")
  }

  /// Channels of the first stage.
  public var width = 64
  /// Width of the dense layers.
  public var hidden = 4096
  /// After each hidden dense layer.
  public var dropout: Float = 0.5
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static var hyperparameters: [Hyperparameter<VGG>] {
    [.width(\.width), .hidden(\.hidden), .dropout(\.dropout), .normalize(\.normalize)]
  }

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    var number = 0
    for (stage, count) in Depth.convolutions.enumerated() {
      for _ in 0..<count {
        try network.convolution("features.\(number)", width << min(stage, 3), kernel: 3, padding: 1)
        if Depth.isBatchNormalized {
          number += 1
          try network.batchNormalization("features.\(number)")
        }
        try network.activation("features.\(number + 1)")
        number += 2
      }
      try network.pooling("features.\(number)")
      number += 1
    }
    try network.adaptiveAveragePooling("avgpool", side: 7)
    try network.flatten()
    for number in [0, 3] {
      try network.dense("classifier.\(number)", hidden)
      try network.activation("classifier.\(number + 1)")
      try network.dropout("classifier.\(number + 2)", rate: dropout)
    }
    try network.dense("classifier.6", classCount)
  }
}

/// VGG-11.
public typealias VGG11 = VGG<VGG11Depth>
/// VGG-13.
public typealias VGG13 = VGG<VGG13Depth>
/// VGG-16.
public typealias VGG16 = VGG<VGG16Depth>
/// VGG-19.
public typealias VGG19 = VGG<VGG19Depth>
/// VGG-11 with batch normalisation.
public typealias VGG11BatchNormalized = VGG<BatchNormalizedVGG<VGG11Depth>>
/// VGG-13 with batch normalisation.
public typealias VGG13BatchNormalized = VGG<BatchNormalizedVGG<VGG13Depth>>
/// VGG-16 with batch normalisation.
public typealias VGG16BatchNormalized = VGG<BatchNormalizedVGG<VGG16Depth>>
/// VGG-19 with batch normalisation.
public typealias VGG19BatchNormalized = VGG<BatchNormalizedVGG<VGG19Depth>>

/// The same depth with a batch normalisation after each convolution, whose bias stays, as in torchvision.
public enum BatchNormalizedVGG<Depth: VGGDepth>: VGGDepth {
  /// See `VGGDepth`.
  public static var layers: Int { Depth.layers }
  /// See `VGGDepth`.
  public static var convolutions: [Int] { Depth.convolutions }
  /// See `VGGDepth`.
  public static var isBatchNormalized: Bool { true }
}

/// The depth of `VGG11`.
public enum VGG11Depth: VGGDepth {
  /// See `VGGDepth`.
  public static let layers = 11, convolutions = [1, 1, 2, 2, 2]
}

/// The depth of `VGG13`.
public enum VGG13Depth: VGGDepth {
  /// See `VGGDepth`.
  public static let layers = 13, convolutions = [2, 2, 2, 2, 2]
}

/// The depth of `VGG16`.
public enum VGG16Depth: VGGDepth {
  /// See `VGGDepth`.
  public static let layers = 16, convolutions = [2, 2, 3, 3, 3]
}

/// The depth of `VGG19`.
public enum VGG19Depth: VGGDepth {
  /// See `VGGDepth`.
  public static let layers = 19, convolutions = [2, 2, 4, 4, 4]
}
