internal import Arguments
internal import Exchange
internal import Glibc
internal import Networks
internal import Reports

/// The file that `--report` names; its ending says what is written.
struct ReportFile: ArgumentValue, Hashable {
  /// How a document is written.
  enum Form: String, CaseIterable {
    case html, md, csv, tex, svg

    /// What a file of this form that the lab wrote has in its first lines; nil where its form has no place for a mark.
    fileprivate var mark: String? {
      switch self {
      case .html: HTMLRenderer.mark
      case .md: MarkdownRenderer.mark
      case .csv: nil
      case .tex: LaTeXRenderer.mark
      case .svg: SVGRenderer.mark
      }
    }

    fileprivate func text(_ document: Document) -> String {
      switch self {
      case .html: HTMLRenderer.text(document)
      case .md: MarkdownRenderer.text(document)
      case .csv: CSVRenderer.text(document)
      case .tex: LaTeXRenderer.text(document)
      case .svg: SVGRenderer.text(document)
      }
    }
  }

  let path: String
  private let form: Form

  init?(argument: String) throws {
    guard !argument.isEmpty else { return nil }
    let ending = argument.split(separator: ".", omittingEmptySubsequences: false).last.map { $0.lowercased() }
    guard argument.contains("."), let form = ending.flatMap(Form.init(rawValue:)) else {
      let endings = Form.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw ValidationError("a report is a file whose name ends in one of \(endings)")
    }
    (path, self.form) = (argument, form)
  }

  var argumentText: String { path }

  /// Whether it has a place for pictures.
  var showsPictures: Bool { form == .html }

  /// Whether it has a place for more than the tables.
  var showsDetails: Bool {
    switch form {
    case .html, .md, .svg: true
    case .csv, .tex: false
    }
  }

  /// Checks that the file can be written, before hours are spent on its content. A file that is not a report of the lab
  /// is not replaced.
  func check() throws {
    guard Launch.ranks.isFirst else { return }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard access(directory.isEmpty ? "/" : directory, W_OK) == 0 else {
      throw refusal("cannot be written: \(String(cString: strerror(errno)))")
    }
    guard access(path, F_OK) == 0 else { return }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw refusal("is no file") }
    guard status.st_size == 0 || isOwn else {
      throw refusal("exists and is not known to be a report of the lab; remove it or name another file")
    }
  }

  private var isOwn: Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard let mark = form.mark, descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 400)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).contains(mark)
  }

  /// Writes a document. Of several processes one does.
  func write(_ document: Document) throws {
    guard Launch.ranks.isFirst else { return }
    try PlainFile.replace(path, with: Array(form.text(document).utf8))
  }

  private func refusal(_ message: String) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: message)
  }
}
