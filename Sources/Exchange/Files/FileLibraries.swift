internal import COpenSSL
internal import CPNG
internal import CZlib

/// The libraries that read and write files, HDF5 apart.
package enum FileLibraries {
  /// Their versions, as they are loaded.
  package static var versions: [(name: String, version: String)] {
    let png = Int(png_access_version_number())
    return [
      ("libpng", "\(png / 10000).\(png / 100 % 100).\(png % 100)"),
      ("zlib", zlibVersion().map { String(cString: $0) } ?? "unknown"),
      ("OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING).map { String(cString: $0) } ?? "unknown"),
    ]
  }
}
