import Glibc
import HDF5
import Testing

@Suite struct TemporaryFilesTests {
  private func make(_ path: String) {
    TemporaryFiles.add(path)
    close(open(path, O_CREAT | O_WRONLY, 0o600))
  }

  @Test func whatIsForgottenStays() throws {
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
