import Exchange
import Glibc
import Isolation
import Testing

/// Images lie in folders of folders, and grow more than arrays.
@Test func limitsForDirectories() throws {
  let directory = try TemporaryDirectory()
  try directory.write("a.npy", [UInt8](repeating: 0, count: 1 << 16))
  let arrays = ReaderLimits(fileBytes: ReadBytes.count(of: [directory.path]))
  #expect(arrays.memory == 1 << 30 + 32 << 16)
  #expect(ReaderLimits(fileBytes: ReadBytes.count(of: [directory.path + "/a.npy", "/none"])) == arrays)
  try directory.write("train/cat/more/1.JPG", [UInt8](repeating: 0, count: 1 << 16))
  let images = ReaderLimits(fileBytes: ReadBytes.count(of: [directory.path]))
  #expect(images.memory == arrays.memory + 16 * 32 << 16)
  symlink("..", directory.path + "/train/up")
  #expect(ReaderLimits(fileBytes: ReadBytes.count(of: [directory.path])) == images)
}
