public import Networks

extension ONNXFormat {
  /// Protobuf's limit of a message, and so of a file.
  private static let byteLimit = Int(Int32.max)

  /// Writes a network as an ONNX model, which takes batches of any number of examples.
  ///
  /// What was taken off the end of the model that the network was read from is put back. The input is called `input`, the
  /// output `logits`, or `probabilities` or `log_probabilities` where the model ends in them.
  ///
  /// - Throws: `ExchangeError` where the weights do not fit, the end cannot be put back, the weights take more than the
  ///   2 GiB of one file, or it cannot be written.
  public static func write(_ network: Network, _ parameters: Parameters, to path: String) throws(ExchangeError) {
    try PlainFile.replace(path, with: try bytes(of: network, parameters, path: path))
  }

  /// The bytes of the file; `limit` is for tests.
  package static func bytes(
    of network: Network, _ parameters: Parameters, path: String, limit: Int = byteLimit
  ) throws(ExchangeError) -> [UInt8] {
    let writer: ONNXWriter
    do throws(NetworkError) {
      writer = try ONNXWriter(network, parameters)
    } catch {
      throw ExchangeError(kind: .cannotWrite, file: path, message: error.description)
    }
    // The first check spares the memory.
    guard writer.constantBytes <= limit else { throw tooLarge(writer.constantBytes, limit, path) }
    let bytes = writer.modelBytes()
    guard bytes.count <= limit else { throw tooLarge(bytes.count, limit, path) }
    return bytes
  }

  private static func tooLarge(_ found: Int, _ limit: Int, _ path: String) -> ExchangeError {
    ExchangeError(
      kind: .cannotWrite, file: path,
      message: "expected a model of at most \(limit) bytes, the limit of one protobuf message, found \(found) bytes; "
        + "weights in files beside the model (external data) are not written")
  }
}
