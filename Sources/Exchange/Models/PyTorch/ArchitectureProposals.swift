public import Networks

/// The built-in architectures that a file of weights can be of: those whose tensors all have the names and shapes of the
/// file's, with no tensor left.
///
/// Names say what no chain of shapes can: which layers a network has besides those with weights. Paddings and strides are
/// the family's own. Options (widths, depths, growth) follow from the shapes.
public struct ArchitectureProposals: Sendable {
  /// Texts for `--architecture`: `resnet18-cifar:width=3`.
  public let texts: [String]

  /// An image normaliser beside the network has as many numbers.
  private static let normalizerNumbers = 8

  /// Looks for architectures.
  ///
  /// - Parameters:
  ///   - path: The file of weights.
  ///   - imageShape: The shape of images; where nil, usual sizes are tried.
  ///   - classCount: The number of classes; where nil, the rows of matrices are.
  /// - Throws: `ExchangeError` where the file cannot be read.
  public init(for path: String, imageShape: Shape? = nil, classCount: Int? = nil) throws(ExchangeError) {
    let state = try exchanging(path) { try StateDictionary(path) }
    let evidence = WeightEvidence(state)
    let images = imageShape.map { [$0] } ?? evidence.imageShapes
    let classes = classCount.map { [$0] } ?? evidence.classCounts
    var found: [(text: String, network: Network)] = []
    // Options only where the usual ones of a family do not fit.
    for (type, name) in zip(Architectures.all, Architectures.names) {
      for text in [name] + evidence.options(of: type).map({ "\(name):\($0)" }) {
        let network = Self.network(text, images, classes, state, count: evidence.count)
        guard let network, !found.contains(where: { $0.network == network }) else { continue }
        found.append((text, network))
        break
      }
    }
    texts = found.map(\.text)
  }

  /// The network that a text stands for, where its tensors are those of the file.
  private static func network(
    _ text: String, _ images: [Shape], _ classes: [Int], _ state: StateDictionary, count: Int
  ) -> Network? {
    for image in images {
      for classCount in classes {
        let fitting = try? Architectures.network(text, inputShape: image, classCount: classCount)
        guard let network = fitting else { continue }
        let own = network.parameterSpecifications.reduce(0) { $0 + $1.shape.count }
        // Numbers of the code that are no tensors count for nothing.
        let stated = network.nodes.indices.filter { network.statesConstant($0) }
          .reduce(0) { $0 + network.parameterSpecifications(of: $1).reduce(0) { $0 + $1.shape.count } }
        guard (0...normalizerNumbers).contains(count - own + stated),
          let matching = try? StateMatching(network: network, state: state, map: TensorMap()), matching.namesSufficed
        else { continue }
        return network
      }
    }
    return nil
  }
}

/// What the shapes of weights say about the options of an architecture.
private struct WeightEvidence {
  /// All numbers of the file.
  let count: Int
  private let filters: [Shape]
  private let matrices: [Shape]

  private static let mostWidths = 12
  private static let depths = [10, 16, 22, 28, 34, 40, 52, 70]
  private static let factors = [1, 2, 4, 5, 8, 10, 12, 14, 15, 16, 20]

  init(_ state: StateDictionary) {
    let entries = state.entries.sorted { NaturalOrder.precedes($0.name, $1.name) }
    count = entries.reduce(0) { $0 + $1.shape.count }
    filters = entries.map(\.shape).filter { $0.rank == 4 }
    matrices = entries.map(\.shape).filter { $0.rank == 2 }
  }

  var classCounts: [Int] {
    var counts: [Int] = []
    for count in matrices.map({ $0[0] }).reversed() where !counts.contains(count) { counts.append(count) }
    return counts.isEmpty ? [10] : Array(counts.prefix(4))
  }

  /// Usual images of as many channels as some filter sees, or vectors of as many numbers as a matrix takes.
  var imageShapes: [Shape] {
    let vectors: [Shape] = matrices.first.map { [[$0[1]]] } ?? []
    let channels = Set(filters.map { $0[1] }).filter { [1, 3].contains($0) }.sorted().reversed()
    return channels.flatMap { channel -> [Shape] in
      [28, 32, 8, 64, 224, 299].map { [channel, $0, $0] }
    } + vectors
  }

  /// Options to be tried after the usual ones.
  func options(of type: any Architecture.Type) -> [String] {
    let names = Architectures.hyperparameterNames(of: type)
    if names.contains("widen") {
      // A network of depth d has d − 4 convolutions in its blocks, one before them, and up to three shortcuts. Its first
      // blocks are 16 times the factor wide.
      let depths = Self.depths.filter { ($0 - 3...$0).contains(filters.count) }
      let factors = Self.factors.filter { factor in filters.contains { $0[0] == 16 * factor } }
      return depths.flatMap { depth in factors.map { "depth=\(depth),widen=\($0)" } }
    }
    if names.contains("growth") { return [] }
    if names.contains("hidden"), filters.isEmpty {
      return matrices.count > 1 ? ["hidden=" + matrices.dropLast().map { "\($0[0])" }.joined(separator: "-")] : []
    }
    guard names.contains("width") else { return [] }
    // The first stage is as wide as some filters are many, or a whole part of it.
    let widths = Set(filters.map { $0[0] }).sorted().prefix(Self.mostWidths)
    return widths.map { "width=\($0)" }
  }
}
