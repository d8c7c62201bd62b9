import Glibc
import Synchronization

/// What was written to standard error since writing was held back.
private let heldErrors = Mutex<[UInt8]>([])
private let isHeldBack = Atomic<Bool>(false)

/// Standard output and standard error: all text is written here.
///
/// Text goes past the buffer of the C library, which forgets by the next flush that an earlier one failed: a disk that is
/// full would go unnoticed.
package enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes all of a text at once. A reader that has gone away (`advlab help | head -1`) is not a failure.
  ///
  /// - Returns: Whether the text arrived.
  @discardableResult
  package func write(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  /// Fills a buffer from standard input.
  ///
  /// - Returns: Whether it was filled; not at the end of the input.
  package static func readInput(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    while done < buffer.count {
      let count = read(STDIN_FILENO, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      guard count > 0 || count < 0 && errno == EINTR else { return false }
      done += max(count, 0)
    }
    return true
  }

  /// From here on nothing is written: another process writes the same. What goes to standard error is kept.
  package static func holdBack() { isHeldBack.store(true, ordering: .relaxed) }

  /// Whether nothing is written. A signal handler may ask.
  package static var isHeld: Bool { isHeldBack.load(ordering: .relaxed) }

  /// Ends that, and returns what would have been written to standard error.
  package static func release() -> String {
    isHeldBack.store(false, ordering: .relaxed)
    return heldErrors.withLock { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes all of the bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !Self.isHeld else {
      if self == .error { heldErrors.withLock { $0 += bytes } }
      return true
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written < 0, errno == EAGAIN {
        // Another process may have made the pipe or terminal non-blocking.
        var stream = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&stream, 1, -1)
      } else if written == 0 || errno != EINTR {
        return written < 0 && errno == EPIPE
      }
    }
    return true
  }
}
