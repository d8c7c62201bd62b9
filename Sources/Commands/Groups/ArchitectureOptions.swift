internal import Arguments
internal import Compute
internal import Exchange
internal import Glibc
internal import Isolation
internal import Networks

/// A built-in architecture, where there is no data that it is made for, or one that a file describes.
struct ArchitectureOptions: OptionGroup {
  static let title = "Architecture"

  @Option(
    help: "A built-in architecture, such as mlp:hidden=18, or a JSON file.", valueName: "name",
    completion: .list(Architectures.names))
  var architecture: String?
  @Option(help: "The images it is made for (default: 1x28x28; for gradcheck: 1x8x8).", valueName: "CxHxW")
  var inputShape: ImageShape?
  @Option(help: "The number of classes it is made for (default: 10).") var classes: Int?

  func validate() throws {
    if let classes { try require((1...1_000_000).contains(classes), "classes", "1 to 1,000,000", classes) }
    guard architecture != nil || (inputShape == nil && classes == nil) else {
      throw ValidationError("--input-shape and --classes are options of --architecture.")
    }
  }

  /// The network, where one was asked for.
  func network(defaultShape: Shape, _ reader: Reader) throws -> (name: String, network: Network)? {
    guard let architecture else { return nil }
    if Architectures.isFile(architecture) {
      guard inputShape == nil, classes == nil else {
        throw ValidationError("--input-shape and --classes are those of the file \(architecture).")
      }
      return (architecture, try reader.read(ArchitectureRequest(path: architecture)).network)
    }
    let shape = inputShape.map { Shape($0.extents) } ?? defaultShape
    return (architecture, try Architectures.network(architecture, inputShape: shape, classCount: classes ?? 10))
  }
}

extension Architectures {
  /// The help on each architecture.
  static var topics: [HelpTopic] { all.map { HelpTopic($0, option: "--architecture") } }

  /// Whether a word names a file: a built-in architecture is never one, so that a file of its name changes nothing.
  static func isFile(_ word: String) -> Bool {
    guard !word.hasSuffix(".json") else { return true }
    let name = word.prefix { $0 != ":" }
    return !names.contains(String(name)) && access(word, F_OK) == 0
  }
}

/// `CxHxW`.
struct ImageShape: ArgumentValue {
  let extents: [Int]

  init(argument: String) throws {
    extents = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...3).contains(extents.count), extents.allSatisfy({ (1...65536).contains($0) }) else {
      throw InvalidValue(description: "expected extents such as 3x32x32")
    }
  }

  var argumentText: String { extents.map(String.init).joined(separator: "x") }
}

extension Parameters {
  /// New weights for a built-in architecture.
  static func initial(
    for network: Network, of architecture: String, seed: UInt64, initializer: Initializer = .pyTorch
  ) throws -> Parameters {
    do {
      let scalars = min(network.parameterCount, 1 << 48) + min(network.stateCount, 1 << 48)
      try MemoryLimit.check(scalars * MemoryLayout<Float>.stride, for: "for its weights")
      return try initial(for: network, random: RandomSource(seed: seed), initializer: initializer)
    } catch {
      // Only the typed hyper-parameters can be wrong here.
      throw ArchitectureError.doesNotFit(architecture: architecture, reason: "\(error)")
    }
  }
}
