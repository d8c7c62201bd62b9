import Exchange
import Glibc
import Isolation
import Testing

/// The digest is that of the files as they were opened, whenever it is asked for.
@Suite struct FileDigestTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// More than one block.
  private let content = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }

  @Test(arguments: [false, true]) func oneFileAndSeveral(inBackground: Bool) throws {
    let first = try directory.write("a", content)
    let second = try directory.write("b", [1])
    let (one, several, single) = (
      try FileDigest(ofFile: first), try FileDigest(ofFiles: [first, second]), try FileDigest(ofFiles: [second])
    )
    if inBackground { for digest in [one, several, single] { digest.start() } }
    #expect(one.hexadecimal == SHA256.hex(of: content))
    #expect(try several.hexadecimal == SHA256.hex(ofFiles: [first, second]))
    // One line of several files is another text than the file.
    #expect(try single.hexadecimal == SHA256.hex(ofFiles: [second]))
    // Computed once.
    #expect(one.hexadecimal == SHA256.hex(of: content))
    #expect(FileDigest("ab").hexadecimal == "ab")
  }

  /// Many may ask at once.
  @Test func concurrentCallersGetTheSameDigest() async throws {
    let digest = try FileDigest(ofFile: try directory.write("a", content))
    digest.start()
    await withTaskGroup(of: String?.self) { group in
      for _ in 0..<8 { group.addTask { digest.hexadecimal } }
      for await found in group { #expect(found == SHA256.hex(of: content)) }
    }
  }

  @Test func aFilePutInItsPlaceIsNotDigested() throws {
    let path = try directory.write("a", [1, 2, 3])
    let digest = try FileDigest(ofFile: path)
    unlink(path)
    _ = try directory.write("a", [4])
    #expect(digest.hexadecimal == SHA256.hex(of: [1, 2, 3]))
  }

  /// Nobody knows what the images were read from.
  @Test func aFileThatIsWrittenToHasNone() throws {
    let path = try directory.write("a", [1, 2, 3])
    let digest = try FileDigest(ofFile: path)
    let descriptor = open(path, O_WRONLY | O_APPEND)
    #expect(write(descriptor, [4] as [UInt8], 1) == 1)
    close(descriptor)
    #expect(digest.hexadecimal == nil)
  }

  /// A process that read a dataset only names its files.
  @Test func manyFilesPassBetweenProcesses() throws {
    let paths = try (0..<100).map { index in
      try directory.write("a/\(index).png", greyPNG(UInt8(index)))
    }
    #expect(paths.count == 100)
    let data = try Dataset.read(from: directory.path)
    var bytes: [UInt8] = []
    try data.flat.write { bytes += $0 }
    var position = 0
    let message = try FlatMessage<Dataset.FlatHead>(limit: 1 << 20) { buffer in
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(buffer.count)))
      }
      position += buffer.count
    }
    #expect(try Dataset(flat: message, file: directory.path).sha256 == data.sha256)
    #expect(data.sha256 != nil)
    unlink(paths[7])
    #expect(throws: ExchangeError.self) { try Dataset(flat: message, file: directory.path) }
  }

  @Test func aMissingFileIsAnError() {
    let error = #expect(throws: ExchangeError.self) { try FileDigest(ofFile: directory.path + "/none") }
    #expect(error?.kind == .missing)
  }
}
