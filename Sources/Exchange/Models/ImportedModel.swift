public import Networks

/// A model that was read from a file of another tool.
public struct ImportedModel: Sendable {
  /// The structure.
  public let network: Network
  /// The weights; they fit the structure.
  public let parameters: Parameters
  /// Notes for the user: what was left out, or interpreted in another way than by the file's own tool.
  public let notes: [Note]

  /// Creates a model, after checking that the weights fit the network.
  public init(network: Network, parameters: Parameters, notes: [Note] = []) throws(NetworkError) {
    try network.check(parameters)
    self.network = network
    self.parameters = parameters
    self.notes = notes
  }
}
