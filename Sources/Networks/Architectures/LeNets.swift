public import Hyperparameters

/// LeCun's C1 to F6 with fully connected C3, plain average pooling and tanh. Padding 2 makes 28×28 images the 32×32 of
/// the paper; `padding=0` is the usual form for images that are 32×32 already.
public struct LeNet5: Architecture {
  /// Name, title and source.
  public static let method = Method(
    name: "lenet5", title: "LeNet-5", summary: "Two 5×5 convolutions with average pooling, dense 120-84.",
    citation: "LeCun et al. 1998, doi 10.1109/5.726791")

  /// Zeros around the image.
  public var padding = 2
  /// The activation of all hidden layers.
  public var activation = HiddenActivation.tanh

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<LeNet5>] = [
    .integer("padding", \.padding, in: 0...255, unit: "pixels", "Zeros around the image."),
    .activation(\.activation),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    let activation = activation.activation
    try network.convolution("c1", 6, kernel: 5, padding: padding)
    try network.activation("c1_act", activation)
    try network.pooling("s2", .average(countsPadding: true))
    try network.convolution("c3", 16, kernel: 5)
    try network.activation("c3_act", activation)
    try network.pooling("s4", .average(countsPadding: true))
    try network.flatten()
    try network.dense("c5", 120)
    try network.activation("c5_act", activation)
    try network.dense("f6", 84)
    try network.activation("f6_act", activation)
    try network.dense("logits", classCount)
  }
}

/// A small network for 8×8 digits.
///
/// Batch normalisation halves its errors there, to about one in a hundred; `normalization=none` is for training with
/// bounds.
public struct DigitsCNN: Architecture {
  /// What follows each convolution.
  public enum Normalization: String, CaseIterable, HyperparameterType {
    /// Batch normalisation.
    case batch
    /// Nothing.
    case none
  }

  /// Name, title and source.
  public static let method = Method(
    name: "digits-cnn", title: "Convolutional network for digits",
    summary: "Three 3×3 convolutions for small images such as 8×8 digits.")

  /// Filters of the first convolution; the others have twice as many.
  public var width = 16
  /// What follows each convolution.
  public var normalization = Normalization.batch

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<DigitsCNN>] = [
    .width(\.width, "Filters of the first convolution."),
    .choice(
      "normalization", \.normalization, of: Normalization.allCases.map(\.rawValue), "What follows each convolution."),
  ]

  /// The defaults.
  public init() {}

  /// Appends the layers after the input.
  public func appendLayers(to network: inout Network, classCount: Int) throws {
    let isNormalized = normalization == .batch
    for (index, channels) in [width, 2 * width, 2 * width].enumerated() {
      let number = index + 1
      try network.convolution("conv\(number)", channels, kernel: 3, padding: 1, hasBias: !isNormalized)
      if isNormalized { try network.batchNormalization("norm\(number)") }
      try network.activation("relu\(number)")
      if number == 2 { try network.pooling("pool") }
    }
    try network.flatten()
    try network.dense("logits", classCount)
  }
}
