internal import Exchange
internal import Glibc
internal import Reports

/// Free space for files, as far as the system reports it.
enum DiskSpace {
  /// Checks that a file of a size can be written, before hours are spent on its content.
  ///
  /// - Parameters:
  ///   - path: The file, whose directory exists.
  ///   - bytes: What it will hold at least.
  /// - Throws: `ExchangeError` of kind `cannotWrite` where there is less.
  static func check(for path: String, bytes: Int) throws {
    guard let room = free(beside: path), room.bytes < bytes else { return }
    throw ExchangeError(
      kind: .cannotWrite, file: path,
      message: "no space left: expected room for \(NumberFormat.count(bytes)) bytes, found "
        + "\(NumberFormat.count(room.bytes))\(room.reason)")
  }

  private static func free(beside path: String) -> (bytes: Int, reason: String)? {
    var limit = rlimit()
    let isLimited = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 && limit.rlim_cur < UInt(Int.max)
    let largest = isLimited ? Int(limit.rlim_cur) : nil
    guard let disk = diskSpace(beside: path) else { return largest.map { ($0, Self.limitReason) } }
    guard let largest, largest < disk else { return (disk, " on the disk") }
    return (largest, Self.limitReason)
  }

  private static let limitReason = ", for files may not be larger (ulimit -f)"

  /// Nil where the file system does not say.
  private static func diskSpace(beside path: String) -> Int? {
    let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    var status = statvfs()
    guard statvfs(directory, &status) == 0, status.f_blocks > 0 else { return nil }
    // Some free blocks are reserved for the administrator.
    let blocks = geteuid() == 0 ? status.f_bfree : status.f_bavail
    let (bytes, overflow) = Int(clamping: blocks).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return overflow ? nil : bytes
  }
}
