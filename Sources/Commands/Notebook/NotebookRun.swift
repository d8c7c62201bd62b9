internal import Exchange
internal import Wording

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A page that is run from top to bottom and compared with what it shows.
struct NotebookRun {
  /// What its observer is told.
  enum Event {
    /// A block with commands was run, or passed over.
    case ran
    /// Something was found.
    case found(NotebookFinding)
  }

  private var page: NotebookPage
  private let file: String
  private let shell: NotebookShell
  /// Where a page states no tolerance.
  private let standardTolerance: Double?
  private let onEvent: (Event) -> Void
  private(set) var result: NotebookResult
  /// Lines that are to be replaced, by their index; nil where nothing takes their place.
  private var edits: [(index: Int, line: String?)] = []
  private var pictures: [(from: String, to: String)] = []
  /// What the last commands printed; nil where none ran or they failed.
  private var printed: [String]?
  private var tolerance: Double?
  /// What is missing for the part that follows.
  private var missing: String?
  private static let python = "Python"

  init(
    _ page: NotebookPage, file: String, _ environment: NotebookEnvironment,
    onEvent: @escaping (Event) -> Void
  ) throws {
    (self.page, self.file, self.onEvent) = (page, file, onEvent)
    (shell, standardTolerance) = (try NotebookShell(environment), environment.tolerance)
    result = NotebookResult(file: file)
  }

  /// Runs the page.
  ///
  /// - Parameter writing: Whether lines and pictures are put into the page.
  /// - Throws: `CancellationError` at Ctrl-C, and what writing throws.
  mutating func callAsFunction(writing: Bool) throws {
    let start = ContinuousClock.now
    for block in page.blocks {
      try take(block)
      if block.hasCommands { onEvent(.ran) }
    }
    result.seconds = (ContinuousClock.now - start) / .seconds(1)
    guard writing, !edits.isEmpty || !pictures.isEmpty else { return }
    let old = edits.map { page.lines[$0.index] }
    page.apply(edits)
    for (from, to) in pictures {
      let bytes = FileManager.default.contents(atPath: from) ?? Data()
      try FileManager.default.createDirectory(atPath: Self.directory(of: to), withIntermediateDirectories: true)
      try PlainFile.replace(to, with: Array(bytes))
    }
    try PlainFile.replace(file, with: Array(page.text.utf8))
    reportStaleNumbers(old, edits.compactMap(\.line))
  }

  private mutating func take(_ block: NotebookPage.Block) throws {
    switch block.kind {
    // What follows on Python needs what it did; other data is needed up to the next heading.
    case .heading: (printed, missing) = (nil, missing == Self.python ? missing : nil)
    case .needs(let name): if !shell.provide(name) { missing = missing ?? name }
    case .commands(let isPython):
      if isPython, !shell.hasPython, block.directives["skip"] == nil { missing = Self.python }
      try takeCommands(block, isPython: isPython)
    case .output: try takeOutput(block)
    case .rows:
      guard !isSkipped(block) else { return }
      let (words, commands) = Self.split(block.directives["produces"] ?? "")
      guard let rows = try run(commands, block) else { return }
      compare(block, rows, tolerance: Self.tolerance(words) ?? standardTolerance)
    case .picture(let path): if !isSkipped(block) { comparePicture(block, path) }
    }
  }

  private mutating func takeCommands(_ block: NotebookPage.Block, isPython: Bool) throws {
    guard !isSkipped(block) else {
      printed = nil
      return
    }
    var commands = block.directives["instead"] ?? block.lines.joined(separator: "\n")
    if let before = block.directives["run"], !isPython { commands = "{\n\(before)\n} > /dev/null\n\(commands)" }
    printed = try run(commands, block, isPython: isPython)
    tolerance = tolerance(of: block)
  }

  private mutating func takeOutput(_ block: NotebookPage.Block) throws {
    guard !isSkipped(block) else { return }
    if let commands = block.directives["shows"] {
      printed = try run(commands, block)
      tolerance = standardTolerance
    }
    guard let printed else { return }
    compare(block, printed, tolerance: block.directives["tolerance"].flatMap(Double.init) ?? tolerance)
  }

  private mutating func isSkipped(_ block: NotebookPage.Block) -> Bool {
    if block.directives["skip"] != nil { return true }
    guard let missing else { return false }
    if block.kind != .output { report(.skipped, block.start, "there is no \(missing) (see --given and --python)") }
    return true
  }

  private mutating func run(
    _ commands: String, _ block: NotebookPage.Block, isPython: Bool = false
  ) throws -> [String]? {
    result.blocks += 1
    do {
      return isPython ? try shell.runPython(commands) : try shell.run(commands)
    } catch let failure as NotebookFailure {
      let first = commands.split(separator: "\n").first.map(String.init) ?? ""
      report(.failed, block.start, (["exit code \(failure.code): \(first)"] + failure.said).joined(separator: "\n"))
      return nil
    }
  }

  private mutating func compare(_ block: NotebookPage.Block, _ printed: [String], tolerance: Double?) {
    var changes: [(Int, String?)] = []
    var isOutdated = false
    for (offset, place) in NotebookAlignment.align(block.lines, with: printed).enumerated() {
      let (shown, index) = (block.lines[offset], block.start + offset)
      guard let place else {
        guard !shown.allSatisfy(\.isWhitespace) else { continue }
        report(.differs, index, "not printed any more: \(shown)")
        changes.append((index, nil))
        isOutdated = true
        continue
      }
      let new = printed[place].droppingLast(while: \.isWhitespace)
      if new != shown { changes.append((index, new)) }
      let lines = (NotebookLine(shown), NotebookLine(new))
      if lines.0.plain != lines.1.plain { isOutdated = true }
      guard !lines.0.isClose(to: lines.1, tolerance: tolerance) else { continue }
      report(.differs, index, "shown:   \(shown)\n  printed: \(new)")
    }
    // A table whose times alone are others is not touched.
    if isOutdated { edits += changes }
  }

  private mutating func comparePicture(_ block: NotebookPage.Block, _ path: String) {
    let made = shell.directory + "/" + (block.directives["picture"] ?? "")
    let shown = Self.directory(of: file) + "/" + path
    guard let new = FileManager.default.contents(atPath: made) else {
      return report(.failed, block.start, "no command has written \(block.directives["picture"] ?? "")")
    }
    let old = FileManager.default.contents(atPath: shown).map(Array.init)
    guard old.map({ isSame($0, Array(new), tolerance: tolerance(of: block)) }) != true else { return }
    pictures.append((made, shown))
    report(.differs, block.start, old == nil ? "there is no \(path)" : "\(path) is another picture")
  }

  /// With a tolerance samples may differ by so many per cent of white, and so many per cent of them by more; of other
  /// pictures than PNG the numbers.
  private func isSame(_ one: [UInt8], _ other: [UInt8], tolerance: Double?) -> Bool {
    if one == other { return true }
    let tolerated = tolerance ?? 0
    if let share = PNGDecoder.difference(one, other, beyond: Int(2.55 * tolerated)) { return 100 * share <= tolerated }
    let digits = Set("0123456789.".utf8)
    return tolerance != nil && one.filter { !digits.contains($0) } == other.filter { !digits.contains($0) }
  }

  /// What the comments before a block say, or else the option.
  private func tolerance(of block: NotebookPage.Block) -> Double? {
    block.directives["tolerance"].flatMap(Double.init) ?? standardTolerance
  }

  private mutating func report(_ kind: NotebookFinding.Kind, _ index: Int, _ message: String) {
    let finding = NotebookFinding(kind: kind, file: file, line: index + 1, message: message)
    result.findings.append(finding)
    onEvent(.found(finding))
  }

  /// Numbers that were replaced and still stand in the prose.
  private mutating func reportStaleNumbers(_ old: [String], _ new: [String]) {
    func texts(_ lines: [String]) -> Set<String> {
      Set(
        lines.flatMap { line in
          NotebookLine(line).plain.split { !("0123456789.,".contains($0)) }.map(String.init)
        }.filter { $0.count > 3 && $0.contains { ".,".contains($0) } })
    }
    let stale = texts(old).subtracting(texts(new))
    for (index, line) in page.lines.enumerated() {
      let found = line.split { !("0123456789.,".contains($0)) }.map(String.init).filter(stale.contains)
      if !found.isEmpty { report(.stale, index, "the prose still says \(found.joined(separator: ", "))") }
    }
  }

  /// The first line of a directive, and what follows it.
  private static func split(_ text: String) -> (words: String, commands: String) {
    guard let end = text.firstIndex(of: "\n") else { return ("", text) }
    let first = String(text[..<end])
    return tolerance(first) == nil ? ("", text) : (first, String(text[text.index(after: end)...]))
  }

  private static func tolerance(_ words: String) -> Double? {
    let parts = words.split(separator: " ")
    return parts.count == 2 && parts[0] == "tolerance" ? Double(parts[1]) : nil
  }

  private static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
