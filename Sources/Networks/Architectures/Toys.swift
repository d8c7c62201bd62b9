public import Hyperparameters

/// A network small enough to compute by hand.
public struct TinyCNN: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "tinycnn", title: "Tiny convolutional network",
    summary: "One convolution, ReLU, max-pooling, one dense layer.")

  /// Filters of the convolution.
  public var filters = 3
  /// Rows and columns of a filter.
  public var kernel = 3
  /// The activation after the convolution.
  public var activation = HiddenActivation.relu

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<TinyCNN>] = [
    .integer("filters", \.filters, in: 1...65_536, "Filters of the convolution."),
    .integer("kernel", \.kernel, in: 1...255, "Rows and columns of a filter."),
    .activation(\.activation),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.convolution("conv", filters, kernel: kernel)
    try network.activation("act", activation.activation)
    try network.pooling("pool")
    try network.flatten()
    try network.dense("logits", classCount)
  }
}

/// Dense layers over the flattened image.
public struct MultilayerPerceptron: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mlp", title: "Multilayer perceptron", summary: "Dense layers over the flattened image.")

  /// The width of each hidden layer.
  public var hidden: LayerWidths = [64]
  /// The activation after every hidden layer.
  public var activation = HiddenActivation.relu

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<MultilayerPerceptron>] = [
    .text(
      "hidden", \.hidden, expected: "whole numbers from 1 to 65,536, joined by '-'", examples: ["64", "256-128"],
      "Widths of the hidden layers, as in 256-128."),
    .activation(\.activation),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.flatten()
    for (index, width) in hidden.widths.enumerated() {
      try network.dense("hidden\(index + 1)", width)
      try network.activation("act\(index + 1)", activation.activation)
    }
    try network.dense("logits", classCount)
  }
}
