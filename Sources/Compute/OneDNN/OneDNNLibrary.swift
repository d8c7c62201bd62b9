internal import COneDNN

/// The library beneath the engine.
package enum OneDNNLibrary {
  /// Its version, as it is loaded.
  package static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }
}
