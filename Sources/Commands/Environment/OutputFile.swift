internal import Arguments
internal import Exchange
internal import Glibc
internal import HDF5
internal import Reports

/// The path that `--output` names.
struct OutputFile: ArgumentValue, Hashable {
  let path: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    path = argument
  }

  var argumentText: String { path }

  /// Finds out whether there is room for so many bytes, before hours are spent on them.
  func check(room bytes: Int) throws {
    var (limit, disk) = (rlimit(), statvfs())
    if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(bytes) {
      throw noRoom(bytes, "files may have", Int(clamping: limit.rlim_cur))
    }
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard statvfs(directory, &disk) == 0 else { return }
    // Some blocks are kept for the administrator.
    let blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail
    let (room, isMore) = Int(clamping: blocks).multipliedReportingOverflow(by: Int(clamping: disk.f_frsize))
    if !isMore, room < bytes { throw noRoom(bytes, "there are", room) }
  }

  private func noRoom(_ bytes: Int, _ what: String, _ room: Int) -> ExchangeError {
    ExchangeError(
      kind: .cannotWrite, file: path,
      message: "no space left: the file needs \(NumberFormat.count(bytes)) bytes, \(what) \(NumberFormat.count(room))")
  }

  /// Finds out whether the file can be written, before hours are spent on what is to stand in it. What is there stays.
  func check() throws {
    _ = try AtomicFile(replacing: path)
  }
}

/// Makes a directory where there is none.
func makeDirectory(_ path: String) throws {
  guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
  throw ExchangeError(
    kind: .cannotWrite, file: path, message: "cannot make the directory: \(String(cString: strerror(errno)))")
}
