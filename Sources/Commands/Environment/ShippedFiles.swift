internal import Exchange
internal import Glibc

/// The files that ship with the lab. They are trusted for what they hold, not for where they lie: anybody can put another
/// file of the same name into a directory.
package enum ShippedFiles {
  /// The SHA-256 of every file in `Data/`, as `sha256sum Data/*.h5` prints them.
  package static let digests: [String: String] = [
    "digits-certified.h5": "67dafe786242828b588dd9ef8f51436dc199a1dcf6b92ac3ceed2e9f630a5875",
    "digits-cnn-robust.h5": "3941e462ae0abad24fef6e1ea1b06f4d13a1a49fb26451614a030d205d951298",
    "digits-cnn.h5": "d2a30f689781efe17f233561b445ad239a44228507f1a0f7cca18352079f34e1",
    "digits.h5": "9dcc606a597f21635575c2ecc9d203c92c9a71b70eea0ca705e715b211dd631a",
    "patterns.h5": "f047412a12205f10cc328d086ca8d8e6594a54f0133695853ec4a33166c33102",
    "tinycnn.h5": "61726e2eac13fb8cad606acd06216293b8462231d8673c4e1ea2ac1dbe3aa4a5",
  ]

  /// Larger than any of them.
  private static let maximumBytes = 64 << 20

  /// Whether a file is, bit for bit, one of them.
  package static func contains(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumBytes,
      let digest = try? SHA256.hex(ofFile: path)
    else { return false }
    return digests.values.contains(digest)
  }
}
