internal import Arguments
internal import Exchange
internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What pages are run with.
struct NotebookEnvironment {
  /// The directory that ships with the lab.
  let data: String
  /// What runs blocks of Python; nil for nothing.
  let python: String?
  /// The tolerance where a page states none; nil where it must be what is printed.
  let tolerance: Double?
  /// Where data is that pages need, by the name in the page.
  let given: [String: String]
}

/// The scratch directory of a page, in which its commands run. It is removed with the last reference.
final class NotebookShell {
  private static let shell = "/bin/bash"

  let directory: String
  private let environment: NotebookEnvironment
  /// The blocks of Python that ran.
  private var session: [String] = []

  init(_ environment: NotebookEnvironment) throws {
    self.environment = environment
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var template = Array("\(temporary.isEmpty ? "/tmp" : temporary)/advlab-notebook-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ProcessFailure("cannot make a scratch directory: \(String(cString: strerror(errno)))")
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try FileManager.default.copyItem(atPath: environment.data, toPath: directory + "/Data")
    try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: false)
    for (name, text) in helpers {
      try PlainFile.replace("\(binaries)/\(name)", with: Array(text.utf8))
      chmod("\(binaries)/\(name)", 0o755)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private var binaries: String { directory + "/.bin" }

  /// The commands that pages have beside those of the system.
  private var helpers: [String: String] {
    [
      "advlab": "#!\(Self.shell)\nexec \((executablePath ?? "advlab").typed) \"$@\"\n",
      "percent": """
      #!\(Self.shell)
      grep -o "\\"$1\\" *: *[-0-9.e]*" | head -n 1 | awk -F: '{ printf "%.2f %%\\n", 100 * $2 }'

      """,
      "accuracies": """
      #!\(Self.shell)
      set -e -o pipefail
      result=$(advlab attack --quiet --json "$@")
      echo "$(percent clean_accuracy <<< "$result") | $(percent robust_accuracy <<< "$result")"

      """,
    ]
  }

  /// Puts data that a page needs into the directory.
  ///
  /// - Returns: False where there is none.
  func provide(_ name: String) -> Bool {
    guard let path = environment.given[name] ?? (access(name, R_OK) == 0 ? name : nil), access(path, R_OK) == 0,
      let whole = realpath(path, nil)
    else { return false }
    defer { free(whole) }
    let place = directory + "/" + (name.hasSuffix("/") ? String(name.dropLast()) : name)
    return symlink(whole, place) == 0 || errno == EEXIST
  }

  /// Whether blocks of Python can be run.
  var hasPython: Bool { environment.python != nil }

  /// Runs commands.
  ///
  /// - Returns: What they print, line by line.
  /// - Throws: `NotebookFailure` where a command fails; `CancellationError` at Ctrl-C.
  func run(_ commands: String) throws -> [String] {
    let errors = directory + "/.errors"
    // What the user's shell is set to must not matter.
    let script = """
      cd \(directory.typed)
      export PATH=\(binaries.typed):"$PATH"
      unset ADVLAB_DATA COLUMNS NO_COLOR
      : "${KERAS_BACKEND:=torch}"; export KERAS_BACKEND
      exec 2> \(errors.typed)
      \(commands)
      """
    do {
      let done = try FinishedProcess(running: Self.shell, ["-e", "-o", "pipefail", "-c", script])
      var lines = String(decoding: done.output, as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      while lines.last?.isEmpty == true { lines.removeLast() }
      return lines
    } catch let code as ExitCode {
      let said = FileManager.default.contents(atPath: errors) ?? Data()
      throw NotebookFailure(
        code: code.rawValue,
        said: String(decoding: said, as: UTF8.self).split(separator: "\n").suffix(5).map(String.init))
    }
  }

  /// Runs a block of Python in which everything of the blocks before is known: they are run again, and say nothing.
  func runPython(_ code: String) throws -> [String] {
    let script = """
      import contextlib, io
      with contextlib.redirect_stdout(io.StringIO()):
          exec(compile(open(".earlier.py").read(), "earlier", "exec"), globals())
      exec(compile(open(".block.py").read(), "block", "exec"), globals())
      """
    let files = [".earlier.py": session.joined(separator: "\n"), ".block.py": code, ".session.py": script]
    for (name, text) in files { try PlainFile.replace("\(directory)/\(name)", with: Array(text.utf8)) }
    let printed = try run("\((environment.python ?? "python3").typed) .session.py")
    session.append(code)
    return printed
  }
}

/// A command of a page that failed.
struct NotebookFailure: Error {
  let code: Int32
  /// The last lines on standard error.
  let said: [String]
}
