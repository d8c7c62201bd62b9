import Networks

extension ONNXFormat: ModelFormat {
  static let title = "an ONNX model"

  static func read(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) {
    guard request.architecture == nil, request.map == nil else {
      throw ExchangeError(
        file: request.path, expected: "weights alone beside an architecture or a map",
        found: "\(title), which has its own")
    }
    let imported = try read(request.path, inputShape: request.inputShape ?? request.data?.imageShape)
    return try request.model(request.normalized(imported), .channelsFirst)
  }
}
