import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// AdvLab's own description of a network, as JSON text.
enum NetworkJSON {
  /// The placeholder for a value that the user has to fill in.
  static let blank = "?"

  /// Whether a text is, or was meant to be, AdvLab's own description and not Keras'.
  ///
  /// - Throws: `ExchangeError` where it is neither.
  static func isOurs(_ text: [UInt8], file: String) throws(ExchangeError) -> Bool {
    let value: JSONValue
    do {
      value = try JSONValue(text)
    } catch let failure as KerasFailure {
      throw failure.exchangeError(file: file)
    } catch {
      throw ExchangeError(file: file, expected: "an architecture as JSON", found: "\(error)")
    }
    guard let object = value.object else {
      throw ExchangeError(
        file: file, expected: "an architecture: a JSON object with 'nodes', or Keras' model.to_json()",
        found: "another JSON value")
    }
    if object["nodes"] != nil { return true }
    guard object["class_name"] != nil || object["config"] != nil || object["layers"] != nil else {
      let keys = object.keys.sorted().prefix(4).joined(separator: ", ")
      throw ExchangeError(
        file: file,
        expected:
          "an architecture: a JSON object with 'nodes' (the lab's own) or with 'class_name' and 'config' (Keras' "
          + "model.to_json())", found: keys.isEmpty ? "an empty object" : "one with \(keys)")
    }
    return false
  }

  /// Reads a description.
  static func network(_ text: [UInt8], file: String, object: String? = nil) throws(ExchangeError) -> Network {
    let json = try? JSONValue(text)
    guard json?.object?[JSONWeights.member] == nil else {
      throw ExchangeError(
        file: file, object: object, expected: "an architecture alone",
        found: "one with '\(JSONWeights.member)', a whole model; name it with --model")
    }
    let blanks = blanks(in: json)
    guard blanks.isEmpty else {
      throw ExchangeError(
        file: file, object: object, expected: "every '\(blank)' filled in",
        found: blanks.count == 1 ? "one left, in \(blanks[0])" : "\(blanks.count) left, the first in \(blanks[0])")
    }
    do {
      return try JSONDecoder().decode(Network.self, from: Data(text))
    } catch {
      throw ExchangeError(
        kind: .content, file: file, object: object,
        message: "expected a network as JSON: \(failure(error, in: text))")
    }
  }

  /// The nodes that hold a placeholder.
  private static func blanks(in json: JSONValue?) -> [String] {
    guard let nodes = json?.object?["nodes"]?.array else { return [] }
    return nodes.filter(holdsBlank).map { "node '\($0.object?["name"]?.string ?? "")'" }
  }

  private static func holdsBlank(_ value: JSONValue) -> Bool {
    if value.string == blank { return true }
    if let array = value.array { return array.contains(where: holdsBlank) }
    return value.object?.values.contains(where: holdsBlank) ?? false
  }

  /// What is wrong with a description, in one line.
  private static func failure(_ error: any Error, in text: [UInt8]) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return context.debugDescription + place(context.codingPath, in: text)
    case .keyNotFound(let key, let context):
      return "the field '\(key.stringValue)' is missing" + place(context.codingPath, in: text)
    @unknown default: return "\(error)"
    }
  }

  /// ` (in nodes[2].operation.dense, node 'fc1')`.
  private static func place(_ path: [any CodingKey], in text: [UInt8]) -> String {
    guard !path.isEmpty else { return "" }
    let words = path.reduce("") { words, key in
      if let index = key.intValue { return "\(words)[\(index)]" }
      return words.isEmpty ? key.stringValue : "\(words).\(key.stringValue)"
    }
    let nodes = (try? JSONValue(text))?.object?["nodes"]?.array
    let node = path.dropFirst().first?.intValue.flatMap { index in nodes.flatMap { index < $0.count ? $0[index] : nil }
    }
    let name = node?.object?["name"]?.string.map { ", node '\($0)'" } ?? ""
    return " (in \(words)\(name))"
  }
}
