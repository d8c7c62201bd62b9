public import Networks

/// Networks in the Open Neural Network Exchange format, as PyTorch, Keras, tf2onnx and others export them.
///
/// Files of opset 7 and later, with the operators that the operation set expresses; constants are computed, and layers
/// that exporters write as several operators are put together again. https://onnx.ai/onnx/operators/
public enum ONNXFormat: Sendable {
  /// The versions of the standard operators that are read.
  static let opsets = 7...28
  /// What files of the lab say wrote them.
  static let producer = "advlab"
  /// The most bytes of a file; those of the format itself are fewer than 2³¹.
  private static let byteLimit = 1 << 31

  /// Whether a file is one of these, by its first bytes.
  public static func recognises(_ path: String) -> Bool {
    guard let file = try? InputFile(path), let start = try? file.read(atMost: 4) else { return false }
    return isBeginning(start) || path.lowercased().hasSuffix(".onnx")
  }

  /// Field 1 (`ir_version`, a small number), then one of the fields that exporters write next.
  static func isBeginning(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[0] == 0x08 && (1...32).contains(bytes[1])
      && [0x12, 0x1A, 0x22, 0x3A, 0x42].contains(bytes[2])
  }

  /// Reads a network.
  ///
  /// - Parameters:
  ///   - path: The file; external data are beside it.
  ///   - inputShape: The shape of one image `[C, H, W]`, or vector, where the file leaves it open.
  /// - Returns: The network, its weights, and notes on what was understood how.
  /// - Throws: `ExchangeError`, which names operator, node and opset where the network cannot be expressed.
  public static func read(_ path: String, inputShape: Shape? = nil) throws(ExchangeError) -> ImportedModel {
    try exchanging(path) {
      let model = try ONNXModel(try KerasFormat.bytes(of: path, limit: byteLimit))
      guard let graph = model.graph else { throw ExchangeError(file: path, expected: "a graph", found: "none") }
      guard let version = model.opsets[""], opsets.contains(version) else {
        throw ExchangeError(
          file: path, expected: "operators of opset \(opsets.lowerBound) to \(opsets.upperBound)",
          found: model.opsets[""].map { "opset \($0)" } ?? "no opset")
      }
      guard !graph.hasSparseInitializers else {
        throw ExchangeError(file: path, expected: "dense constants", found: "sparse ones")
      }
      return try ONNXImport(path, model, graph, inputShape: inputShape).model()
    }
  }
}
