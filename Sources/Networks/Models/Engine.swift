/// What runs networks: the one place where another kind of arithmetic, or another device, comes in.
public protocol Engine: Sendable {
  /// Its name, such as `onednn`.
  static var name: String { get }
  /// Its kind of arithmetic, in a few words.
  static var title: String { get }
  /// A network with its weights, ready to run and to be trained.
  ///
  /// - Parameters:
  ///   - network: The structure.
  ///   - parameters: The weights.
  /// - Returns: The model.
  /// - Throws: `NetworkError` where the weights are not those of the network, or it does not fit into memory.
  func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier
}
