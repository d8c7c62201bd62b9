import FoundationEssentials
import HDF5

/// Files written by other tools, kept beside the package or in the directory that `ADVLAB_SHARED` names.
enum Fixtures {
  static let directory: String = {
    if let shared = ProcessInfo.processInfo.environment["ADVLAB_SHARED"] { return shared + "/fixtures" }
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return package.deletingLastPathComponent().appending(path: "shared/fixtures").path
  }()

  static let exist = FileManager.default.fileExists(atPath: directory)

  /// Where the tests that are skipped looked.
  static let absence = "no fixtures at the side of the package and none named by ADVLAB_SHARED"

  static func path(_ name: String) -> String { directory + "/" + name }

  /// The names in the fixtures, or a folder of them, with one of the extensions.
  static func names(in folder: String = "", extensions: [String]) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/" + folder)) ?? []
    return names.filter { name in extensions.contains { name.hasSuffix("." + $0) } }.sorted()
  }
}

/// A directory that goes away with its value.
struct TemporaryDirectory: ~Copyable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "hdf5-\(UInt64.random(in: 0 ... .max))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// The names of the files in the directory, hidden ones too.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// Runs `body` and returns the error it throws, if it throws one of this module's.
func failure<Result>(_ body: () throws -> Result) -> HDF5Error? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? HDF5Error
  }
}

/// Reads everything in a file that can be read and returns the number of elements; the first failure, if any, is thrown
/// after everything else has been tried.
@discardableResult
func readEverything(_ file: File) throws -> (datasets: Int, elements: Int) {
  var firstFailure: HDF5Error?
  var (datasets, elements) = (0, 0)
  func attempt(_ body: () throws(HDF5Error) -> Void) {
    do throws(HDF5Error) { try body() } catch { firstFailure = firstFailure ?? error }
  }
  func readAttributes(_ attributes: Attributes) throws(HDF5Error) {
    for name in try attributes.names() {
      attempt { () throws(HDF5Error) in
        guard let type = try attributes.description(of: name)?.elementType else { return }
        if type.isNumeric {
          elements += try attributes.numbers(name, as: Double.self)?.count ?? 0
        } else if case .string = type {
          elements += try attributes.strings(name)?.count ?? 0
        }
      }
    }
  }
  attempt { () throws(HDF5Error) in try readAttributes(file.root.attributes) }
  for entry in try file.root.walk() {
    attempt { () throws(HDF5Error) in
      switch entry.kind {
      case .group: try readAttributes(file.root.group(entry.path).attributes)
      case .dataset:
        let dataset = try file.root.dataset(entry.path)
        datasets += 1
        try readAttributes(dataset.attributes)
        if dataset.elementType.isNumeric {
          elements += try dataset.read(as: Double.self).count
        } else if case .string = dataset.elementType {
          elements += try dataset.readStrings().count
        }
      case .other: break
      }
    }
  }
  if let firstFailure { throw firstFailure }
  return (datasets, elements)
}

/// The content of a file.
func bytes(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}
