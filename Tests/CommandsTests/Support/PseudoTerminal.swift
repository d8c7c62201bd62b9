import Glibc

/// A terminal that a test watches: what a program shows a person.
final class PseudoTerminal {
  /// The path of the end that a program writes to.
  let path: String
  private let descriptor: Int32
  private(set) var text = ""

  /// `TIOCSPTLCK` and `TIOCGPTN`.
  private static let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

  init() throws {
    // What posix_openpt, unlockpt and ptsname do; the Glibc module does not show them.
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (isLocked, number): (Int32, Int32) = (0, 0)
    guard descriptor >= 0, ioctl(descriptor, Self.setLock, &isLocked) == 0,
      ioctl(descriptor, Self.getNumber, &number) == 0
    else { throw ScratchFailure("no pseudo-terminal: \(errno)") }
    path = "/dev/pts/\(number)"
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(descriptor)
  }

  /// Takes in what has been written since.
  func update() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }
}
