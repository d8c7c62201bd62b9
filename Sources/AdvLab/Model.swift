#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A network with its weights and the engine that runs it, as it is read, attacked, trained and written.
public struct Model: Sendable {
  /// The file that it was read from, or the architecture that it was made with.
  public let name: String
  /// What runs it: the target of attacks and of training.
  public let classifier: any TrainableClassifier
  /// What the reader of a file has to say; a warning means that robust accuracy may be too high.
  public let notes: [Note]
  /// The order in which images become vectors, for a network that takes vectors.
  private let vectorOrder: AxisOrder

  /// Reads a model: a file of the lab, of Keras, or weights alone beside an architecture. A file is trusted here; the
  /// program reads it in a process of its own.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - architecture: For weights alone: `mlp:hidden=18`, or a JSON file.
  ///   - data: The data that a built-in architecture is made for.
  ///   - engine: What runs it.
  /// - Throws: `ExchangeError`, also where the logits are not those that the file keeps; `HyperparameterError`,
  ///   `NetworkError`.
  public init(
    contentsOf path: String, architecture: String? = nil, for data: Dataset? = nil, engine: any Engine = .allCores
  ) throws {
    let model = try LoadedModel(
      ModelRequest(path: path, architecture: architecture, data: data?.form), engine: engine)
    (name, classifier, notes, vectorOrder) = (path, model.classifier, model.notes, model.file.vectorOrder)
  }

  /// Makes a built-in architecture for some data, with new weights.
  ///
  /// - Throws: `HyperparameterError` for an architecture that there is not, `NetworkError` where it does not fit.
  public init(
    architecture: String, for data: Dataset, seed: UInt64 = 0, engine: any Engine = .allCores
  ) throws {
    let network = try Architectures.network(
      architecture, inputShape: data.imageShape, classCount: data.classCount)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: seed))
    (name, notes, vectorOrder) = (architecture, [], .channelsFirst)
    classifier = try engine.model(of: network, parameters: parameters)
  }

  /// Takes a network of your own.
  ///
  /// - Parameters:
  ///   - network: The network, whose outputs are logits.
  ///   - parameters: Its weights; nil for new ones.
  ///   - name: What messages and records call it.
  ///   - seed: That of new weights.
  ///   - engine: What runs it.
  /// - Throws: `NetworkError` where network and weights do not fit each other, or the outputs are no logits.
  public init(
    _ network: Network, parameters: Parameters? = nil, name: String = "network", seed: UInt64 = 0,
    engine: any Engine = .allCores
  ) throws {
    let parameters = try parameters ?? .initial(for: network, random: RandomSource(seed: seed))
    (self.name, notes, vectorOrder) = (name, [], .channelsFirst)
    classifier = try engine.model(of: network, parameters: parameters)
  }

  /// Writes the model: HDF5 of the lab, or Keras' archive where the name ends in `.keras`.
  ///
  /// - Parameters:
  ///   - path: Where to; a file there is replaced once the new one is complete.
  ///   - probe: Images whose logits are kept, by which a reader checks its engine.
  /// - Throws: `ExchangeError` where the file cannot be written.
  public func write(to path: String, probe: Dataset? = nil) throws {
    let images = probe.map { $0.images.examples(0..<min(8, $0.count)) }
    try ModelFile(
      network: classifier.network, parameters: classifier.parameters,
      probe: try images.flatMap {
        ModelFile.Probe(finiteRowsOf: $0, logits: try classifier.logits(of: $0))
      }, vectorOrder: vectorOrder, provenance: Provenance(version: Provenance.programVersion)
    ).write(to: path)
  }

  /// The examples of a dataset as this model takes them: flattened for a network that takes vectors, bytes as they are
  /// stored for one that scales them itself. Where the pixels are not in the range that the network scales, the `pixelNote`
  /// of the result is a warning.
  ///
  /// - Throws: `ModelError` where shape or labels are not those of the model.
  public func examples(of data: Dataset) throws(ModelError) -> Dataset {
    let fitted = try NetworkInput(classifier.network, classifier.parameters, vectorOrder).fitting(data)
    try fitted.check(for: classifier, "the model \(name)")
    return fitted
  }
}

extension Engine where Self == OneDNNEngine {
  /// The fast engine on all cores, with Winograd's algorithm in gradients.
  public static var allCores: OneDNNEngine { OneDNNEngine(workers: .allCores, gradients: .winograd) }
}

extension Workers {
  /// One thread per core.
  public static var allCores: Workers { Workers(count: ProcessInfo.processInfo.activeProcessorCount) }
}
