public import Isolation
public import Networks

/// A network without weights in JSON, the lab's or Keras'.
public struct ArchitectureRequest: IsolatedRequest {
  /// A network, with the order in which images become the vectors that it takes.
  public struct Content: Codable, Sendable {
    /// The network.
    public let network: Network
    /// Keras flattens images channels last, everybody else channels first.
    public let vectorOrder: AxisOrder
  }

  public typealias Head = Content
  public static let name = "architecture"
  public let path: String

  /// Asks for the network of a file.
  public init(path: String) { self.path = path }

  public var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, `NetworkError`.
  public func read() throws -> Content {
    let (network, isKeras) = try ModelRequest.readArchitecture(path)
    return Content(
      network: network, vectorOrder: isKeras && network.inputShape.rank == 1 ? .channelsLast : .channelsFirst)
  }
}
