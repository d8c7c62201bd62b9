import HDF5
public import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a dataset says about the networks that fit it.
public struct DataForm: Hashable, Sendable, Codable {
  /// The shape of one image, as the network takes it.
  public let imageShape: Shape
  /// The number of classes, where it is known.
  public let classCount: Int?

  /// Describes images.
  public init(imageShape: Shape, classCount: Int? = nil) {
    self.imageShape = imageShape
    self.classCount = classCount
  }
}

/// A model file of any kind, with what may be needed beside it: the only way to read models.
///
/// Files by AdvLab, Keras models and archives, and ONNX describe themselves. Weights alone (Keras weights, state
/// dictionaries of PyTorch, safetensors, plain groups of arrays) need an architecture.
public struct ModelRequest: Hashable, Sendable, Codable {
  /// The file or directory.
  public var path: String
  /// A built-in architecture such as `mlp:hidden=18`, or the path of a JSON file: Keras' `model.to_json()`, or AdvLab's
  /// own description.
  public var architecture: String?
  /// The path of a file that says which tensor is which, where names and order do not.
  public var map: String?
  /// The images a built-in architecture is made for, where they are not those of the data.
  public var inputShape: Shape?
  /// The number of classes that a built-in architecture is made for, where neither data nor weights decide it.
  public var classCount: Int?
  /// What the images are normalised by before the network sees them.
  public var normalization: PixelNormalization?
  /// The data that the model is read for.
  public var data: DataForm?

  /// Creates a request.
  public init(
    path: String, architecture: String? = nil, map: String? = nil, inputShape: Shape? = nil, classCount: Int? = nil,
    normalization: PixelNormalization? = nil, data: DataForm? = nil
  ) {
    self.path = path
    self.architecture = architecture
    self.map = map
    self.inputShape = inputShape
    self.classCount = classCount
    self.normalization = normalization
    self.data = data
  }

  /// Reads the model, with notes for the user.
  ///
  /// - Throws: `ExchangeError` where file or architecture cannot be read or do not fit each other, `ArchitectureError`
  ///   for a built-in architecture that does not exist, `NetworkError`.
  public func read() throws -> (model: ModelFile, notes: [Note]) {
    try FileFormat.model.expected(at: path) {
      try ForeignFile.refuse(path, as: .model)
      return try ModelFormats.format(of: path).read(self)
    }
  }

  /// Reads a network from a JSON file, AdvLab's own description or Keras' `model.to_json()`, and says which it is.
  public static func readArchitecture(_ path: String) throws -> (network: Network, isKeras: Bool) {
    let text = try KerasFormat.bytes(of: path, limit: jsonLimit)
    guard try NetworkJSON.isOurs(text, file: path) else { return (try KerasFormat.readNetwork(path), true) }
    return (try NetworkJSON.network(text, file: path), false)
  }

  func isFile(_ name: String) -> Bool { InputFile.exists(name) }

  /// The most bytes of an architecture's JSON.
  private static let jsonLimit = 64 << 20
}
