import Foundation

/// What a script of `Tests/Golden` wrote.
func goldenFile<Value: Decodable>(_ name: String) throws -> Value {
  let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Golden/\(name)").standardizedFileURL
  return try JSONDecoder().decode(Value.self, from: Data(contentsOf: path))
}
