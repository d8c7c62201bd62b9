/// The list of safetensors files that together hold a model, `model.safetensors.index.json`: which tensor is where.
struct SafetensorsIndex {
  private let path: String
  private let map: [String: JSONValue]

  init(_ path: String) throws {
    self.path = path
    let json = try JSONValue(try KerasFormat.bytes(of: path, limit: JSONValue.byteLimit))
    guard let map = json.object?["weight_map"]?.object, !map.isEmpty else {
      throw ExchangeError(file: path, expected: "a weight_map of names and files", found: json.summary)
    }
    self.map = map
  }

  /// The files, all of them beside the index, with the tensors each is to hold; in the order of their names.
  func files() throws -> [(path: String, names: Set<String>)] {
    var files: [String: Set<String>] = [:]
    for (name, value) in map {
      guard let file = value.string, !file.isEmpty, !file.contains("/"), !file.hasPrefix(".") else {
        throw ExchangeError(
          file: path, object: name, expected: "the name of a file in the folder of the index", found: value.summary)
      }
      files[file, default: []].insert(name)
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    return files.sorted { $0.key < $1.key }.map { ("\(folder)\($0.key)", $0.value) }
  }
}
