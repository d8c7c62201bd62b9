public import Hyperparameters

/// A built-in network, sized for the images and the classes of a dataset.
public protocol Architecture: Configurable {
  /// Appends the layers after the input.
  ///
  /// - Throws: `NetworkError` where the image is too small, `HyperparameterError` for a value that its range alone does not
  ///   rule out.
  func appendLayers(to network: inout Network, classCount: Int) throws
}

extension Architecture {
  /// The network for images of one shape.
  public func network(inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Network {
    do {
      try check()
      guard (1...(1 << 20)).contains(classCount) else {
        throw NetworkError(node: "logits", expected: "at least one class", found: "\(classCount)")
      }
      var network = try Network(inputShape: inputShape)
      try appendLayers(to: &network, classCount: classCount)
      return network
    } catch let error as HyperparameterError {
      throw .hyperparameter(error)
    } catch {
      throw .doesNotFit(architecture: Self.method.name, reason: "\(error)")
    }
  }
}
