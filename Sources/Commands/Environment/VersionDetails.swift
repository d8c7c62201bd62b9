internal import CKernels
internal import Compute
internal import Exchange
internal import HDF5

/// What `advlab --version --verbose` says: of what the program is made, and what it runs on.
enum VersionDetails {
  static var all: [(label: String, text: String)] {
    [("commit", commit ?? "not recorded: built without ADVLAB_COMMIT"), ("Swift", swift), ("processor", processor)]
      + libraries + [("MPI", mpi)]
  }

  /// The program's own version.
  static var program: String { Provenance.programVersion + (commit.map { ", commit \($0)" } ?? "") }

  static var libraries: [(label: String, text: String)] {
    [("oneDNN", OneDNNLibrary.version), ("HDF5", HDF5Library.version)]
      + FileLibraries.versions.map { ($0.name, $0.version) }
  }

  private static var commit: String? { advlab_commit().map { String(cString: $0) } }

  static var processor: String {
    var text = [CChar](repeating: 0, count: 256)
    advlab_processor_features(&text, text.count)
    let features = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let cores = counted(Launch.coreCount, "core", "cores")
    return "\(cores), \(features.isEmpty ? "no extensions that kernels use" : features)"
  }

  private static var mpi: String {
    #if MPI
      "yes"
    #else
      "no: built without the trait MPI"
    #endif
  }

  private static var swift: String {
    #if compiler(>=6.3)
      "6.3 or later"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
