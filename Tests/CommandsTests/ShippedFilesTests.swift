import Commands
import Exchange
import FoundationEssentials
import Testing

@Suite struct ShippedFilesTests {
  /// Where this fails, files in `Data/` were made anew: `sha256sum Data/*.h5` prints what belongs into ShippedFiles.swift.
  @Test func theDigestsAreThoseOfTheFiles() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: SampleFiles.data).filter { $0.hasSuffix(".h5") }
    let found = try names.map { ($0, try SHA256.hex(ofFile: "\(SampleFiles.data)/\($0)")) }
    #expect(ShippedFiles.digests == Dictionary(uniqueKeysWithValues: found))
  }

  @Test func otherFilesAreNot() throws {
    let directory = try ScratchDirectory()
    var changed = try bytes(ofFile: SampleFiles.digits)
    changed[changed.count / 2] ^= 1
    #expect(ShippedFiles.contains(SampleFiles.digits))
    #expect(!ShippedFiles.contains(try directory.write("digits.h5", changed)))
    #expect(!ShippedFiles.contains(directory.file("none.h5")))
    #expect(!ShippedFiles.contains(directory.path))
  }
}
