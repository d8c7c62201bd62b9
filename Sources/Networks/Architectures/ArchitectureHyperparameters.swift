public import Hyperparameters

// Hyper-parameters of several architectures.

extension Hyperparameter {
  static func width(
    _ path: any WritableKeyPath<Owner, Int> & Sendable, atMost most: Int = 4096,
    _ help: String = "Channels of the first stage."
  ) -> Hyperparameter {
    .integer("width", path, in: 1...most, help)
  }

  static func firstStride(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("stride", path, in: 1...2, "Stride of the first convolution: 2 for large images, 1 for 32×32.")
  }

  static func dropout(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("dropout", path, .from(0, below: 1), "Share of the scalars that are dropped in training.")
  }

  static func normalize(_ path: any WritableKeyPath<Owner, NamedNormalization> & Sendable) -> Hyperparameter {
    .choice(
      "normalize", path, of: NamedNormalization.allCases.map(\.rawValue),
      "Mean and standard deviation of the pixels: those of a dataset, or none.")
  }

  static func activation(_ path: any WritableKeyPath<Owner, HiddenActivation> & Sendable) -> Hyperparameter {
    .choice(
      "activation", path, of: HiddenActivation.allCases.map(\.rawValue), "The activation of the hidden layers.")
  }
}

/// The activation between the layers of a small network.
public enum HiddenActivation: String, CaseIterable, HyperparameterType {
  /// Those of `Activation`, with PyTorch's constants.
  case relu, tanh, sigmoid, elu
  case leakyReLU = "leaky-relu"
  case gelu, silu, softplus

  /// The operation.
  public var activation: Activation {
    switch self {
    case .relu: .relu
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .elu: .elu(alpha: 1)
    case .leakyReLU: .leakyReLU(slope: 0.01)
    case .gelu: .gelu(approximate: false)
    case .silu: .silu
    case .softplus: .softplus
    }
  }
}

/// Widths of consecutive hidden layers: `256-128`.
public struct LayerWidths: Hashable, HyperparameterType, ExpressibleByArrayLiteral {
  /// The layers in order.
  public let widths: [Int]

  /// The largest width.
  static let largest = 65_536

  /// Creates a list of widths.
  public init(arrayLiteral widths: Int...) { self.widths = widths }

  /// Reads whole numbers joined by hyphens.
  public init?(hyperparameter text: String) {
    widths = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard widths.allSatisfy((1...Self.largest).contains) else { return nil }
  }

  /// The numbers joined by hyphens.
  public var hyperparameterValue: HyperparameterValue? { .text(widths.map(String.init).joined(separator: "-")) }
}
