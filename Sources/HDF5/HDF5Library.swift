internal import CHDF5

/// The library that reads and writes HDF5.
package enum HDF5Library {
  /// Its version, as it is loaded.
  package static var version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    guard H5get_libversion(&major, &minor, &release) >= 0 else { return "unknown" }
    return "\(major).\(minor).\(release)"
  }
}
