internal import Reports

/// Something that running a page has shown.
struct NotebookFinding: Encodable, CustomStringConvertible {
  enum Kind: String, Encodable {
    /// The page shows something else.
    case differs
    /// A command failed.
    case failed
    /// It was not run.
    case skipped
    /// A number in the prose was replaced elsewhere.
    case stale
  }

  let kind: Kind
  let file: String
  /// Counted from 1.
  let line: Int
  let message: String

  var description: String { "\(file):\(line): \(kind.rawValue): \(message)" }
}

/// What became of a page.
struct NotebookResult: Encodable {
  let file: String
  /// The blocks that were run.
  var blocks = 0
  var findings: [NotebookFinding] = []
  var seconds = 0.0

  init(file: String) { self.file = file }

  func count(_ kind: NotebookFinding.Kind) -> Int { findings.count { $0.kind == kind } }
}

/// `notebook run --json` and `notebook check --json`.
struct NotebookReport: Report {
  let command = "notebook"
  let pages: [NotebookResult]

  init(_ pages: [NotebookResult]) { self.pages = pages }

  private enum CodingKeys: String, CodingKey { case command, pages }

  var document: Document {
    var table = Table([
      .left("page"), .right("blocks run"), .right("differences"), .right("failed"), .right("skipped"), .right("time"),
    ])
    for page in pages {
      table.append(
        [.text(page.file), .count(page.blocks)]
          + [.differs, .failed, .skipped].map { .count(page.count($0)) } + [.duration(seconds: page.seconds)])
    }
    var document = Document("Notebooks")
    document.add(table)
    return document
  }
}
