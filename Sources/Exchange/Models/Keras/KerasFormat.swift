import HDF5

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The kinds of file that Keras writes.
public enum KerasFormat: String, Hashable, Sendable, CaseIterable {
  /// HDF5 with the configuration of the model and its weights: `model.save("x.h5")`.
  case legacyModel
  /// HDF5 with one group of weights per layer: `model.save_weights("x.h5")` up to Keras 2.
  case legacyWeights
  /// HDF5 with weights in the tree of the layers: `model.save_weights("x.weights.h5")`.
  case weights
  /// A JSON index of several such files: `model.save_weights("x.weights.json")`.
  case shardedWeights
  /// A zip archive with configuration and weights: `model.save("x.keras")`.
  case archive
  /// A directory with the content of such an archive.
  case directory

  /// Whether the structure of the network is in the file.
  public var hasArchitecture: Bool {
    switch self {
    case .legacyModel, .archive, .directory: true
    case .legacyWeights, .weights, .shardedWeights: false
    }
  }

  /// The most bytes of a file that is read whole.
  static let byteLimit = 4 << 30
  static let configName = "config.json"
  static let weightsName = "model.weights.h5"

  /// The format of a file, by its content and not by its name; nil where Keras did not write it.
  ///
  /// - Throws: where the file cannot be read, or is damaged.
  public static func kind(of path: String) throws(ExchangeError) -> KerasFormat? {
    try exchanging(path) {
      if InputFile.isDirectory(path) {
        return InputFile.exists("\(path)/\(configName)") && InputFile.exists("\(path)/\(weightsName)")
          ? .directory : nil
      }
      let start = try InputFile(path).read(atMost: 4096)
      if start.starts(with: ZipArchive.signature) {
        let names = try archive(path).names
        return names.contains(configName) ? .archive : nil
      }
      if start.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
        return try isShardIndex(path) ? .shardedWeights : nil
      }
      guard TensorContainers.isHDF5(path) else { return nil }
      return try kind(of: try File(reading: path).root)
    }
  }

  /// The kind of an HDF5 file.
  static func kind(of root: Group) throws -> KerasFormat? {
    let names = Set(try root.attributes.names())
    if names.contains("model_config") { return .legacyModel }
    if names.contains("layer_names") || names.contains("layer_names0") { return .legacyWeights }
    return try KerasStore.isRoot(root) ? .weights : nil
  }

  private static func isShardIndex(_ path: String) throws -> Bool {
    guard try InputFile(path).size <= JSONValue.byteLimit else { return false }
    let json = try? JSONValue(try bytes(of: path, limit: JSONValue.byteLimit))
    // An index of safetensors files is much the same.
    guard let parts = json?.object?["weight_map"]?.object else { return false }
    return !parts.values.contains { $0.string?.hasSuffix(".safetensors") ?? false }
  }

  /// Opens an archive, of which nothing but the directory is read.
  static func archive(_ path: String) throws(ExchangeError) -> ZipArchive {
    try ZipArchive(file: path, limit: byteLimit)
  }

  static func bytes(of path: String, limit: Int) throws(ExchangeError) -> [UInt8] {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw ExchangeError(file: path, expected: "at most \(limit) bytes", found: "\(file.size)")
    }
    return try file.read(atMost: file.size)
  }
}
