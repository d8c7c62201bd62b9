#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A network with its weights and the engine that runs it, as it is read, attacked, trained and written.
public struct Model: Sendable {
  /// What runs it: the target of attacks and of training.
  public let classifier: CompiledModel
  /// What the reader of a file has to say; a warning means that robust accuracy may be too high.
  public let notes: [Note]
  /// The order in which images become vectors, for a network that takes vectors.
  private let vectorOrder: AxisOrder

  private init(_ network: Network, _ parameters: Parameters, notes: [Note], vectorOrder: AxisOrder) throws {
    classifier = try CompiledModel(
      network: network, parameters: parameters, workers: .allCores, gradients: .winograd)
    (self.notes, self.vectorOrder) = (notes, vectorOrder)
  }

  /// Reads a model: a file of the lab, of Keras, or weights alone beside an architecture. A file is trusted here; the
  /// program reads it in a process of its own.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - architecture: For weights alone: `mlp:hidden=18`, or a JSON file.
  ///   - data: The data that a built-in architecture is made for.
  /// - Throws: `ExchangeError`, `HyperparameterError`, `NetworkError`.
  public init(contentsOf path: String, architecture: String? = nil, for data: Dataset? = nil) throws {
    let form = data.map { DataForm(imageShape: $0.imageShape, classCount: $0.classCount) }
    let (file, notes) = try ModelRequest(path: path, architecture: architecture, data: form).read()
    try self.init(file.network, file.parameters, notes: notes, vectorOrder: file.vectorOrder)
  }

  /// Makes a built-in architecture for some data, with new weights.
  ///
  /// - Throws: `HyperparameterError` for an architecture that there is not, `NetworkError` where it does not fit.
  public init(architecture: String, for data: Dataset, seed: UInt64 = 0) throws {
    let network = try Architectures.network(
      architecture, inputShape: data.imageShape, classCount: data.classCount)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: seed))
    try self.init(network, parameters, notes: [], vectorOrder: .channelsFirst)
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

  /// The examples of a dataset as this model takes them.
  ///
  /// - Throws: `ModelError` where shape, classes or pixel range are not those of the model.
  public func examples(of data: Dataset) throws -> Dataset {
    let shape = classifier.inputShape
    guard data.imageShape == shape || data.pixelRange.uniform != nil,
      let fitted = data.imageShape == shape ? data : data.fitted(to: shape, flattening: vectorOrder)
    else { throw ModelError.shape(expected: shape, found: data.imageShape) }
    if let label = fitted.labels.first(where: { $0 >= classifier.classCount }) {
      throw ModelError.label(label, classCount: classifier.classCount)
    }
    let range = classifier.network.expectedPixelRange(classifier.parameters)
    if let range, fitted.pixelRange != PixelBox(range) {
      throw ModelError.pixels(expected: range, found: fitted.pixelRange)
    }
    return fitted
  }
}

/// Data that a model does not take.
public enum ModelError: Error, Hashable, CustomStringConvertible {
  /// Examples of another shape.
  case shape(expected: Shape, found: Shape)
  /// A label that is no class of the model.
  case label(Int, classCount: Int)
  /// Pixels of another range than that which the network scales.
  case pixels(expected: ClosedRange<Float>, found: PixelBox)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .shape(let expected, let found): "expected examples of \(expected), as the model takes, found \(found)"
    case .label(let label, let count): "expected labels below \(count), the classes of the model, found \(label)"
    case .pixels(let expected, let found):
      "expected pixels from \(expected.lowerBound) to \(expected.upperBound), which the network scales itself, found "
        + "\(found): read the dataset with this pixel range"
    }
  }
}

extension Workers {
  /// One thread per core.
  public static var allCores: Workers { Workers(count: ProcessInfo.processInfo.activeProcessorCount) }
}
