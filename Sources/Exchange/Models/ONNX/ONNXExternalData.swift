/// Numbers of a tensor in a file beside the model's.
struct ONNXExternalData {
  private let location: String
  private let offset: Int
  private let length: Int?
  private let tensor: String
  private let model: String

  init(_ fields: [String: String], tensor: String, model: String) throws {
    self.tensor = tensor
    self.model = model
    location = fields["location"] ?? ""
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.utf8.contains(0), parts.allSatisfy({ !["", ".."].contains($0) }) else {
      throw ExchangeError(
        file: model, object: "constant '\(tensor)'", expected: "external data within the folder of the model",
        found: "the location '\(location)'")
    }
    func number(_ key: String) throws -> Int? {
      guard let text = fields[key] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw ExchangeError(
          file: model, object: "constant '\(tensor)'", expected: "an \(key) of external data", found: "'\(text)'")
      }
      return number
    }
    offset = try number("offset") ?? 0
    length = try number("length")
  }

  /// The bytes, as many as `count` elements have.
  func bytes(count: Int, of element: StoredElement) throws -> [UInt8] {
    let folder = model.lastIndex(of: "/").map { model[...$0] } ?? ""
    let file = try InputFile("\(folder)\(location)")
    let (size, overflow) = count.multipliedReportingOverflow(by: element.byteCount)
    let length = length ?? size
    guard !overflow, length == size else { throw failure("\(size) bytes, as the extents say", "\(length)") }
    guard offset <= file.size, size <= file.size - offset else {
      throw failure("bytes \(offset) to \(offset + size) of \(file.path)", "a file of \(file.size)")
    }
    let bytes = try file.read(atMost: size, from: offset)
    guard bytes.count == size else { throw failure("\(size) bytes", "\(bytes.count)") }
    return bytes
  }

  private func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: model, object: "constant '\(tensor)'", expected: expected, found: found)
  }
}
