internal import Exchange
internal import Glibc

/// The files that ship with the lab. They are trusted for what they hold, not for where they lie: anybody can put another
/// file of the same name into a directory.
package enum ShippedFiles {
  /// The SHA-256 of every file in `Data/`, as `sha256sum Data/*.h5` prints them.
  package static let digests: [String: String] = [
    "digits-cnn-robust.h5": "0e4684faedc2ecbccd57d94e498226ad96a1adbee5fcdcbd9d7dc091adb5ef41",
    "digits-cnn.h5": "71efa794e022be94ff0fa3fe5446a572719cdd55287ac97d4a8edc8229c12314",
    "digits.h5": "9dcc606a597f21635575c2ecc9d203c92c9a71b70eea0ca705e715b211dd631a",
    "patterns.h5": "f047412a12205f10cc328d086ca8d8e6594a54f0133695853ec4a33166c33102",
    "tinycnn.h5": "29737cc21cb2efb249d2da8c6274ed700d3d044faab6ac9da39caa8c72b34b65",
  ]

  /// More than any of them has.
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
