public import Hyperparameters

/// AlexNet in its one-tower form, as torchvision has it: for images of 63×63 pixels and more.
public struct AlexNet: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "alexnet", title: "AlexNet", summary: "The one-tower form: five convolutions, dense 4096-4096.",
    citation: "Krizhevsky, arXiv 1404.5997")

  /// Width of the dense layers.
  public var hidden = 4096
  /// Before each hidden dense layer.
  public var dropout: Float = 0.5
  /// Normalisation of the images.
  public var normalize = NamedNormalization.none

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<AlexNet>] = [
    .hidden(\.hidden), .dropout(\.dropout), .normalize(\.normalize),
  ]

  /// The number of each convolution among the modules, its channels, kernel, stride and padding.
  private static let convolutions = [
    (0, 64, 11, 4, 2), (3, 192, 5, 1, 2), (6, 384, 3, 1, 1), (8, 256, 3, 1, 1), (10, 256, 3, 1, 1),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.normalization(normalize)
    for (number, channels, kernel, stride, padding) in Self.convolutions {
      try network.convolution("features.\(number)", channels, kernel: kernel, stride: stride, padding: padding)
      try network.activation("features.\(number + 1)")
      if [0, 3, 10].contains(number) { try network.pooling("features.\(number + 2)", kernel: 3, stride: 2) }
    }
    try network.adaptiveAveragePooling("avgpool", side: 6)
    try network.flatten()
    for number in [1, 4] {
      try network.dropout("classifier.\(number - 1)", rate: dropout)
      try network.dense("classifier.\(number)", hidden)
      try network.activation("classifier.\(number + 1)")
    }
    try network.dense("classifier.6", classCount)
  }
}

extension Hyperparameter {
  /// For AlexNet and VGG.
  static func hidden(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("hidden", path, in: 1...65_536, "Width of the dense layers.")
  }
}
