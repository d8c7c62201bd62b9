import Hyperparameters

/// Every optimiser there is.
public enum OptimizerCatalog {
  /// The optimisers, by the names they have in PyTorch.
  public static let methods: [any Optimizer.Type] = [SGD.self, Adam.self, AdamW.self, RMSProp.self, Nadam.self]

  /// The names.
  public static var names: [String] { methods.map { $0.method.name } }
}
