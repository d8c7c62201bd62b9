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
  /// - Parameters:
  ///   - workers: Threads of training passes.
  ///   - gradients: Arithmetic of gradients, for an engine that has several.
  /// - Returns: The engine.
  func engine(workers: Workers = Workers(count: 1), gradients: GradientArithmetic = .direct) -> any Engine {
    switch self {
    case .onednn: OneDNNEngine(workers: workers, gradients: gradients)
    case .reference: ReferenceEngine()
    }
  }

  /// What the option says.
  static let help =
    "What runs the network: onednn, or reference, the oracle that checks it, in double precision and slow."
}
