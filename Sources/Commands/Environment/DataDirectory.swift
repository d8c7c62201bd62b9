internal import Exchange

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The directory with what ships with the lab.
struct DataDirectory {
  let path: String

  /// Looks where `--data-directory` says, else where `$ADVLAB_DATA` does, else at `./Data`, at `../share/advlab` beside the
  /// executable, and in the package that built the executable.
  ///
  /// - Throws: `ExchangeError` of kind `missing` that lists where it looked.
  init(given: String?) throws {
    let candidates = given.map { [$0] } ?? Self.candidates()
    let marker = "digits.h5"
    guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0 + "/" + marker) }) else {
      throw ExchangeError(
        kind: .missing, file: candidates.first ?? "Data",
        message: "expected the directory with \(marker) that ships with advlab, looked in "
          + candidates.joined(separator: ", ") + "; say --data-directory or give --model and --data")
    }
    path = found
  }

  /// A file in it.
  func file(_ name: String) -> String { path + "/" + name }

  private static func candidates() -> [String] {
    // Who sets the variable means it: a wrong one is an error, not a reason to take other data.
    if let variable = ProcessInfo.processInfo.environment["ADVLAB_DATA"], !variable.isEmpty { return [variable] }
    var candidates = ["Data"]
    guard let executablePath else { return candidates }
    var directory = executablePath.split(separator: "/").dropLast().map(String.init)
    candidates.append("/" + (directory.dropLast() + ["share", "advlab"]).joined(separator: "/"))
    // A build lies some levels below its package, in .build.
    while let last = directory.popLast() {
      if last == ".build" { candidates.append("/" + (directory + ["Data"]).joined(separator: "/")) }
    }
    return candidates
  }
}
