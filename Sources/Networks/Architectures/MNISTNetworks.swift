public import Hyperparameters

/// Wong and Kolter's small network, on which provable defences report MNIST.
public struct WongKolterSmall: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mnist-small", title: "Wong and Kolter's small network", summary: "Strided 4×4 convolutions, dense 100.",
    citation: "Wong and Kolter, arXiv 1711.00851")

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.convolution("conv1", 16, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu1")
    try network.convolution("conv2", 32, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu2")
    try network.flatten()
    try network.dense("fc1", 100)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }
}

/// Wong and Kolter's large network.
public struct WongKolterLarge: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mnist-large", title: "Wong and Kolter's large network", summary: "Four convolutions, dense 512-512.",
    citation: "Wong and Kolter, arXiv 1711.00851")

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    for (index, (channels, stride)) in [(32, 1), (32, 2), (64, 1), (64, 2)].enumerated() {
      try network.convolution("conv\(index + 1)", channels, kernel: stride + 2, stride: stride, padding: 1)
      try network.activation("relu\(index + 1)")
    }
    try network.flatten()
    try network.hiddenLayers([512, 512])
    try network.dense("logits", classCount)
  }
}

/// The network of Madry et al. for MNIST.
public struct MadryNetwork: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mnist-madry", title: "Madry et al.'s network", summary: "5×5 convolutions with max-pooling, dense 1024.",
    citation: "Madry et al., arXiv 1706.06083")

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    try network.convolution("conv1", 32, kernel: 5, padding: 2)
    try network.activation("relu1")
    try network.pooling("pool1")
    try network.convolution("conv2", 64, kernel: 5, padding: 2)
    try network.activation("relu2")
    try network.pooling("pool2")
    try network.flatten()
    try network.dense("fc1", 1024)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }
}

/// The SmallCNN of TRADES.
public struct TRADESNetwork: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "mnist-trades", title: "SmallCNN of TRADES", summary: "Four 3×3 convolutions, dense 200-200.",
    citation: "Zhang et al., arXiv 1901.08573")

  /// Between the dense layers.
  public var dropout: Float = 0.5

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<TRADESNetwork>] = [.dropout(\.dropout)]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    for (index, channels) in [32, 32, 64, 64].enumerated() {
      try network.convolution("conv\(index + 1)", channels, kernel: 3)
      try network.activation("relu\(index + 1)")
      if index % 2 == 1 { try network.pooling("pool\(index / 2 + 1)") }
    }
    try network.flatten()
    try network.dense("fc1", 200)
    try network.activation("fc1_relu")
    try network.dropout("drop", rate: dropout)
    try network.dense("fc2", 200)
    try network.activation("fc2_relu")
    try network.dense("logits", classCount)
  }
}

extension Network {
  /// Dense layers, each followed by a ReLU.
  mutating func hiddenLayers(_ widths: [Int]) throws(NetworkError) {
    for (index, width) in widths.enumerated() {
      try dense("fc\(index + 1)", width)
      try activation("fc\(index + 1)_relu")
    }
  }
}
