import HDF5
import Networks

/// Models of the lab, which have all that a model needs.
enum NativeModel: ModelFormat {
  static let title = "a model of the lab"

  static func recognises(_ path: String) throws -> Bool {
    guard TensorContainers.isHDF5(path) else { return false }
    return try exchanging(path) {
      try File(reading: path).root.attributes.string(FileFormat.mark) == FileFormat.model.rawValue
    }
  }

  static func read(_ request: ModelRequest) throws -> (model: ModelFile, notes: [Note]) {
    guard request.architecture == nil, request.map == nil else {
      throw ExchangeError(
        file: request.path, expected: "weights alone beside an architecture or a map",
        found: "\(title), which has its own")
    }
    let file = try ModelFile.read(from: request.path)
    guard request.normalization != nil else { return try file.inLogits() }
    let imported = try ImportedModel(network: file.network, parameters: file.parameters)
    return try request.model(request.normalized(imported), file.vectorOrder)
  }
}
