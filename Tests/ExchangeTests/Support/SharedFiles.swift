import Glibc

/// Files too large or too foreign to be kept with the tests: beside the package, or where `ADVLAB_SHARED` says.
enum SharedFiles {
  private static let directory: String = {
    if let path = getenv("ADVLAB_SHARED") { return String(cString: path) }
    let package = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return "/\(package)/../shared"
  }()

  /// The path of a file, or nil (and a line that says so) where it is not there.
  static func path(_ name: String) -> String? {
    if let path = existing(name) { return path }
    print("Skipped: there is no \(name) in \(directory) (set ADVLAB_SHARED).")
    return nil
  }

  /// The path of a file that need not be there.
  static func existing(_ name: String) -> String? {
    let path = "\(directory)/\(name)"
    return access(path, R_OK) == 0 ? path : nil
  }
}
