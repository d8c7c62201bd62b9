internal import Arguments
internal import Compute
internal import Networks
internal import Reference

/// What runs networks, by its name on the command line.
enum EngineChoice: String, CaseIterable, ArgumentValue {
  case onednn
  case reference

  /// The engine.
  ///
  /// - Parameter gradients: Arithmetic of gradients, for an engine that has several.
  /// - Returns: The engine.
  func engine(gradients: GradientArithmetic) -> any Engine {
    switch self {
    case .onednn: OneDNNEngine(gradients: gradients)
    case .reference: ReferenceEngine()
    }
  }

  /// What the option says.
  static let help =
    "What runs the network: onednn, or reference, the oracle that checks it, in double precision and slow."
}
