public import Networks

/// A model read from a file of another tool.
public struct ImportedModel: Sendable {
  /// The structure.
  public let network: Network
  /// The weights, checked against the structure.
  public let parameters: Parameters
  /// What was decided or left out on the way, one sentence each.
  public let notes: [String]

  /// Creates a model.
  public init(network: Network, parameters: Parameters, notes: [String] = []) {
    self.network = network
    self.parameters = parameters
    self.notes = notes
  }
}
