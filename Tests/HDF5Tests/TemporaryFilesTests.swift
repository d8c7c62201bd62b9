import Glibc
import HDF5
import Testing

@Suite struct TemporaryFilesTests {
  private func make(_ path: String) {
    TemporaryFiles.add(path)
    close(open(path, O_CREAT | O_WRONLY, 0o600))
  }

  @Test func forgottenFilesStay() throws {
    let directory = try TemporaryDirectory()
    make(directory("kept"))
    make(directory("removed"))
    TemporaryFiles.forget(directory("kept"))
    TemporaryFiles.remove(directory("removed"))
    // Removed once, it is somebody else's.
    close(open(directory("removed"), O_CREAT | O_WRONLY, 0o600))
    TemporaryFiles.remove(directory("removed"))
    #expect(try directory.names() == ["kept", "removed"])
  }

  @Test func aPartialFileLiesBesideItsTarget() throws {
    let directory = try TemporaryDirectory()
    make(directory("f.h5"))
    chmod(directory("f.h5"), 0o640)
    let (path, descriptor) = try TemporaryFiles.create(beside: directory("f.h5"))
    defer { close(descriptor) }
    var status = stat()
    #expect(fstat(descriptor, &status) == 0 && status.st_mode & 0o777 == 0o640)
    let name = try #require(try directory.names().first { $0 != "f.h5" })
    #expect(path == directory(name))
    #expect(TemporaryFiles.isPartial(name, of: "f.h5"))
    for other in ["g.h5", "f"] { #expect(!TemporaryFiles.isPartial(name, of: other)) }
    for other in ["f.h5", ".f.h5.partial", ".f.h5..partial", ".f.h5.a b.partial", ".f.h5.ab", "f.h5.ab.partial"] {
      #expect(!TemporaryFiles.isPartial(other, of: "f.h5"), "\(other)")
    }
    TemporaryFiles.remove(path)
    #expect(try directory.names() == ["f.h5"])
    #expect(throws: SystemError(code: ENOENT)) { try TemporaryFiles.create(beside: directory("no/f.h5")) }
  }

  /// A handler of signals, in a process of its own, with more files than anybody writes at once.
  @Test func aHandlerRemovesWhatIsLeft() async throws {
    let directory = try TemporaryDirectory()
    await #expect(processExitsWith: .exitCode(7)) { [path = directory.path as String] in
      TemporaryFiles.removeAll()
      signal(SIGUSR1) { _ in
        TemporaryFiles.removeAll()
        _exit(7)
      }
      for index in 0..<200 {
        TemporaryFiles.add("\(path)/\(index)")
        close(open("\(path)/\(index)", O_CREAT | O_WRONLY, 0o600))
      }
      kill(getpid(), SIGUSR1)
      pause()
    }
    #expect(try directory.names() == [])
  }
}
