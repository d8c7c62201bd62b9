public import Hyperparameters
internal import Wording

/// An architecture that does not exist, a hyper-parameter that it does not take, or an image that does not fit.
public enum ArchitectureError: Error, Hashable, CustomStringConvertible {
  /// No built-in of that name.
  case unknownName(String)
  /// A text that is not `name:key=value,key=value`, a hyper-parameter that the architecture does not have, or a value
  /// out of its range.
  case hyperparameter(HyperparameterError)
  /// The image or the number of classes does not fit the architecture.
  case doesNotFit(architecture: String, reason: String)

  /// One or two sentences.
  public var description: String {
    switch self {
    case .unknownName(let name):
      "There is no architecture '\(name)'. "
        + ["\(NearestNames(to: name, among: Architectures.names))", Self.whereAllAre]
        .filter { !$0.isEmpty }.joined(separator: " ")
    case .hyperparameter(let error): error.description
    case .doesNotFit(let architecture, let reason): "Architecture '\(architecture)' does not fit: \(reason)"
    }
  }

  private static let whereAllAre = "'advlab inspect --architectures' lists all \(Architectures.all.count)."
}
