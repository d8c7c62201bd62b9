import Isolation
package import Networks

/// A network without weights in JSON, the lab's or Keras'.
package struct ArchitectureRequest: IsolatedRequest {
  /// A network, with the order in which images become the vectors that it takes.
  package struct Content: Codable, Sendable {
    /// The network.
    package let network: Network
    /// Keras flattens images channels last, everybody else channels first.
    package let vectorOrder: AxisOrder
  }

  package typealias Head = Content
  package static let name = "architecture"
  package let path: String

  /// Asks for the network of a file.
  package init(path: String) { self.path = path }

  package var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, `NetworkError`.
  package func read() throws -> Content {
    let (network, isKeras) = try ModelRequest.readArchitecture(path)
    return Content(
      network: network, vectorOrder: isKeras && network.inputShape.rank == 1 ? .channelsLast : .channelsFirst)
  }
}
