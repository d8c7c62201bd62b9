internal import Arguments

/// How files that are named on the command line are read.
struct ReadingOptions: OptionGroup {
  static let title = "Reading"

  @Flag(
    help: "Read named files in a process of its own, with limits of memory and time: a damaged file can crash the HDF5 "
      + "library.", inversion: .prefixedNo)
  var isolate = true

  /// The reader of files that are named.
  func reader() -> Reader {
    guard isolate, isProgram else { return Reader(place: .here) }
    return Reader(place: programPath.map { .process($0) } ?? .nowhere)
  }
}
