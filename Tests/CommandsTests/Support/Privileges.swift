import Foundation
import Glibc

/// What a test may do to the system it runs on.
enum Privileges {
  /// The start of a line of the shell that runs a command, its next word, with other file systems mounted, which vanish
  /// with it. Nil (and a line that says so) where that is not permitted.
  static func mounting(_ mount: String) -> String? {
    let line = "unshare -m sh -c '\(mount) && eval \"$0\"'"
    guard succeeds("unshare -m sh -c 'mount -t tmpfs none /mnt && umount -l /proc'") else {
      print("Skipped: mounting is not permitted here.")
      return nil
    }
    return line
  }

  /// The start of a line of the shell that runs a program as a user who may have no further thread or process. Nil (and a
  /// line that says so) where that cannot be arranged.
  static func withoutThreads(for program: String) -> String? {
    // The system's administrator has no limit.
    let user = geteuid() == 0 ? "setpriv --reuid=61234 --regid=61234 --clear-groups " : ""
    let line = "exec prlimit --nproc=1 \(user)"
    guard succeeds("\(line)\"$0\" --version", program), !succeeds("\(line) sh -c 'true & wait $!'") else {
      print("Skipped: the number of threads cannot be limited here.")
      return nil
    }
    return line
  }

  private static func succeeds(_ line: String, _ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
