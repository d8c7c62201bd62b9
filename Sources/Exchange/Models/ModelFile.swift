public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model in the native format: a network, its weights, a few examples with their logits, and its provenance.
public struct ModelFile: Sendable {
  /// A few examples and their logits when the model was written: after loading, the model is run on them again and the
  /// logits are compared.
  public struct Probe: Sendable, Equatable {
    /// Images `[n, C, H, W]`.
    public let images: Tensor<Float>
    /// Logits `[n, K]`.
    public let logits: Tensor<Float>

    /// Creates a probe.
    public init(images: Tensor<Float>, logits: Tensor<Float>) {
      self.images = images
      self.logits = logits
    }

    /// Creates a probe of the examples whose logits are finite; others equal nothing, and a file with them would be
    /// refused. Nil where no example is left.
    public init?(finiteRowsOf images: Tensor<Float>, logits: Tensor<Float>) {
      let size = logits.exampleSize
      let rows = (0..<logits.exampleCount).filter { row in
        logits.scalars[row * size..<(row + 1) * size].allSatisfy(\.isFinite)
      }
      guard !rows.isEmpty else { return nil }
      self.init(images: images.gathering(rows), logits: logits.gathering(rows))
    }
  }

  /// The structure.
  public let network: Network
  /// The weights, checked against the structure.
  public let parameters: Parameters
  /// Examples with their logits, where the file has them.
  public let probe: Probe?
  /// How the model was trained, as JSON text.
  public let trainingRecord: String?
  /// How images are flattened for a network that takes vectors: in the order of the tool that the network comes from.
  public let vectorOrder: AxisOrder
  /// What wrote the file; its `modelSHA256` is that of this model.
  public let provenance: Provenance
  /// The digest of structure and weights: it does not depend on the bytes of the file.
  public let sha256: String

  /// Creates a model.
  ///
  /// - Throws: `NetworkError` where the weights do not fit the network, or the probe does not.
  public init(
    network: Network, parameters: Parameters, probe: Probe? = nil, trainingRecord: String? = nil,
    vectorOrder: AxisOrder = .channelsFirst, provenance: Provenance = Provenance()
  ) throws(NetworkError) {
    try network.check(parameters)
    let classCount = try network.classCount()
    if let probe {
      let count = probe.images.exampleCount
      guard count > 0, probe.images.shape == network.inputShape.batched(count),
        probe.logits.shape == [count, classCount]
      else {
        throw NetworkError(
          node: "input", expected: "a probe of N×\(network.inputShape) images and N×\(classCount) logits",
          found: "\(probe.images.shape) and \(probe.logits.shape)")
      }
    }
    self.network = network
    self.parameters = parameters
    self.probe = probe
    self.trainingRecord = trainingRecord
    self.vectorOrder = vectorOrder
    sha256 = try Self.digest(of: network, parameters)
    var provenance = provenance
    provenance.modelSHA256 = sha256
    self.provenance = provenance
  }

  /// The digest of a model: that of the canonical JSON of its structure followed, in alphabetical order of the keys, by a
  /// line `key shape` and the bytes of each parameter.
  ///
  /// The JSON has sorted keys and no white space; the line begins and ends with a line feed and reads like
  /// `conv1/weight 16×1×4×4`; scalars are little-endian single precision.
  ///
  /// - Throws: `NetworkError` where a hyper-parameter is not finite, which JSON cannot express.
  public static func digest(of network: Network, _ parameters: Parameters) throws(NetworkError) -> String {
    var hash = SHA256()
    hash.update(try architecture(of: network))
    for key in parameters.tensors.keys.sorted() {
      guard let tensor = parameters.tensors[key] else { continue }
      hash.update("\n\(key) \(tensor.shape)\n")
      #if _endian(little)
        tensor.withUnsafeScalars { hash.update(UnsafeRawBufferPointer($0)) }
      #else
        for scalar in tensor.scalars { withUnsafeBytes(of: scalar.bitPattern.littleEndian) { hash.update($0) } }
      #endif
    }
    return hash.finalized()
  }

  /// The canonical JSON text of a network.
  static func architecture(of network: Network) throws(NetworkError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(network), as: UTF8.self)
    } catch {
      throw NetworkError(node: "", expected: "finite hyper-parameters", found: "\(error)")
    }
  }
}
