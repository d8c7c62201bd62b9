import Exchange
import Glibc
import Testing

/// Files of plain bytes are there as a whole or not at all.
@Suite struct PlainFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func content(_ name: String) throws -> [UInt8] {
    let descriptor = open("\(directory.path)/\(name)", O_RDONLY)
    guard descriptor >= 0 else { throw TestFailure("\(name): \(errno)") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(count, 0)))
  }

  private func status(_ name: String) -> stat {
    var status = stat()
    lstat("\(directory.path)/\(name)", &status)
    return status
  }

  @Test func replacedFileHandsOnItsPermissions() throws {
    let path = try directory.write("a.npz", [1, 2, 3])
    chmod(path, 0o640)
    try PlainFile.replace(path, with: [4])
    #expect(try content("a.npz") == [4])
    #expect(status("a.npz").st_mode & 0o7777 == 0o640)
    #expect(directory.names == ["a.npz"])
  }

  @Test func linkStaysAndItsTargetIsReplaced() throws {
    try directory.write("a.npz", [1])
    symlink("a.npz", "\(directory.path)/b.npz")
    try PlainFile.replace("\(directory.path)/b.npz", with: [2])
    #expect(status("b.npz").st_mode & S_IFMT == S_IFLNK)
    #expect(try content("a.npz") == [2])
  }

  @Test func createdFileIsWholeAndAlone() throws {
    try PlainFile.create("\(directory.path)/net.json", with: [1, 2])
    #expect(try content("net.json") == [1, 2])
    #expect(status("net.json").st_nlink == 1)
    #expect(directory.names == ["net.json"])
  }

  @Test func createdFileReplacesNothing() throws {
    let path = try directory.write("net.json", [9])
    let error = #expect(throws: ExchangeError.self) { try PlainFile.create(path, with: [1, 2]) }
    #expect(error?.kind == .cannotWrite)
    #expect(try content("net.json") == [9])
    #expect(directory.names == ["net.json"])
  }

  @Test func failureLeavesNothing() throws {
    #expect(throws: ExchangeError.self) { try PlainFile.create("\(directory.path)/no/net.json", with: [1]) }
    #expect(throws: ExchangeError.self) { try PlainFile.replace("\(directory.path)/no/a.npz", with: [1]) }
    #expect(directory.names.isEmpty)
  }
}
