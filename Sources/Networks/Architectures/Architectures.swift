import Wording

/// A built-in network: what is printed about it, and how it is made for a dataset.
public struct Architecture: Sendable {
  /// The name on the command line.
  public let name: String
  /// One line.
  public let summary: String
  /// Where it was published, `nil` where it is ours.
  public let reference: String?
  /// What may follow the name: `name:key=value,key=value`.
  public let options: [ArchitectureOption]
  /// Appends the layers after the input.
  let build: @Sendable (inout Network, _ classCount: Int, ArchitectureOptions) throws -> Void
}

/// One parameter of an architecture.
public struct ArchitectureOption: Hashable, Sendable {
  /// The key.
  public let name: String
  /// One line.
  public let summary: String
  /// The value where none is given.
  public let defaultValue: String
}

/// An architecture name, option or image that does not fit.
public enum ArchitectureError: Error, Hashable, CustomStringConvertible {
  /// No built-in of that name.
  case unknownName(String)
  /// The architecture has no such option.
  case unknownOption(String, architecture: String, known: [String])
  /// Text that is not `key=value`, or a key given twice.
  case malformedOption(String, architecture: String)
  /// A value the option does not take.
  case invalidValue(String, option: String, expected: String)
  /// The image or the number of classes does not fit the architecture.
  case doesNotFit(architecture: String, reason: String)

  /// One or two sentences.
  public var description: String {
    switch self {
    case .unknownName(let name):
      "There is no architecture '\(name)'. "
        + ["\(NearestNames(to: name, among: Architectures.all.map(\.name)))", Self.whereAllAre]
        .filter { !$0.isEmpty }.joined(separator: " ")
    case .unknownOption(let option, let architecture, let known):
      "Architecture '\(architecture)' has no option '\(option)'; "
        + (known.isEmpty ? "it has none." : "it has: \(known.joined(separator: ", ")).")
    case .malformedOption(let text, let architecture):
      "Expected '\(architecture):key=value,key=value' with every key once, found '\(text)'."
    case .invalidValue(let value, let option, let expected):
      "Option '\(option)': expected \(expected), found '\(value)'."
    case .doesNotFit(let architecture, let reason): "Architecture '\(architecture)' does not fit: \(reason)"
    }
  }

  private static let whereAllAre = "'advlab inspect --architectures' lists all \(Architectures.all.count)."
}

/// The built-in architectures, one file per family.
public enum Architectures {
  /// All of them, small ones first.
  public static let all: [Architecture] =
    toys + leNets + mnistNetworks + residualNetworks + preactivatedNetworks + denselyConnected + depthwiseNetworks
    + plainStacks

  /// The network that `text`, `name` or `name:key=value,key=value`, stands for, made for a dataset.
  public static func network(_ text: String, inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Network {
    let (architecture, options) = try parse(text)
    do {
      guard (1...(1 << 20)).contains(classCount) else {
        throw NetworkError(node: "logits", expected: "at least one class", found: "\(classCount)")
      }
      var network = try Network(inputShape: inputShape)
      try architecture.build(&network, classCount, options)
      return network
    } catch let error as ArchitectureError {
      throw error
    } catch {
      throw .doesNotFit(architecture: architecture.name, reason: "\(error)")
    }
  }

  /// Whether `text` starts with the name of a built-in; else it may be the path of a description.
  public static func isKnown(_ text: String) -> Bool {
    let name = text.split(separator: ":", maxSplits: 1).first.map { $0.lowercased() }
    return all.contains { $0.name == name }
  }

  private static func parse(_ text: String) throws(ArchitectureError) -> (Architecture, ArchitectureOptions) {
    let name = text.prefix { $0 != ":" }.lowercased()
    guard let architecture = all.first(where: { $0.name == name }) else {
      throw .unknownName(name)
    }
    let given: [String: String]
    do {
      given = try OptionText(text).values
    } catch {
      throw .malformedOption(error.item, architecture: name)
    }
    return (architecture, try ArchitectureOptions(architecture, given: given))
  }
}
