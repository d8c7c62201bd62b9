public import Hyperparameters
public import Networks

extension Loss {
  /// The share of the target that cross-entropy spreads over all classes. Setting it makes the loss a cross-entropy.
  fileprivate var labelSmoothing: Float {
    get { if case .crossEntropy(let smoothing) = self { smoothing } else { 0 } }
    set { self = .crossEntropy(labelSmoothing: newValue) }
  }
}

extension Hyperparameter {
  /// The label smoothing of the loss that the weights minimise.
  public static func labelSmoothing(_ path: any WritableKeyPath<Owner, Loss> & Sendable) -> Hyperparameter {
    Hyperparameter<Loss>.number(
      "label-smoothing", \.labelSmoothing, .from(0, below: 1), unit: "share",
      "The share of the target that is spread over all classes."
    ).lifted(to: path)
  }
}
