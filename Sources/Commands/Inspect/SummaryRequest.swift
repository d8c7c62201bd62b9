internal import Exchange
internal import Isolation

/// What `inspect` prints of a file, in a terminal of a width.
struct SummaryRequest: IsolatedRequest {
  typealias Head = String
  static let name = "summary"
  let path: String
  let json: Bool
  let width: Int?

  var byteCount: Int { MarkRequest(path: path).byteCount }

  func read() throws -> String { try FileInspection(path).text(json: json, width: width) }
}
