/// The content of a NumPy archive, array by array. Only the headers of the arrays are read, and the metadata that
/// AdvLab wrote beside its results.
public struct NumPyListing: Sendable {
  /// An array.
  public struct Member: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its extents; nil where they cannot be read.
    public let shape: [Int]?
    /// The type of its elements; NumPy's name where it is not supported.
    public let type: String
  }

  /// A value that describes the whole file.
  public enum Value: Sendable, Equatable {
    /// A text.
    case text(String)
    /// Whole numbers, which may take more bits than `Int` has.
    case wholeNumbers([String])
    /// Other numbers.
    case numbers([Double])
  }

  /// The format of a file by AdvLab; nil for other files.
  public let format: FileFormat?
  /// The metadata beside the results; empty in other archives.
  public let record: [String: Value]
  /// The other arrays, by name.
  public let arrays: [Member]

  /// Reads the directory of an archive and the headers of its arrays.
  public init(_ path: String) throws(ExchangeError) {
    let archive = try NumPyFiles.archive(path)
    let format = FileFormat(ofArchive: path)
    let names = NumPyFiles.names(in: archive).sorted()
    let members = FileRecord.members(of: archive, file: path)
    var record: [String: Value] = [:]
    // Damaged values are listed like the arrays.
    for name in names where format != nil { record[name] = (try? Self.value(of: name, members)) ?? nil }
    let listed = names.filter { record[$0] == nil && !(format != nil && $0 == FileFormat.mark) }
    arrays = listed.map { name in
      let header = NumPyFiles.header(of: name, in: archive, file: path)
      return Member(name: name, shape: header?.shape, type: Self.type(header))
    }
    (self.format, self.record) = (format, record)
  }

  /// Nil for arrays of results.
  private static func value(of name: String, _ members: FileRecord) throws -> Value? {
    switch name {
    case "command", "program_version", "model_sha256", "data_sha256", "attack", "norm", "budget", "precision",
      "loss_name":
      try members.text(name).map { .text($0) }
    case "advlab_version", "seed": try members.text(name).map { .wholeNumbers([$0]) }
    case "requested": try members.numbers(name, as: Int.self).map { .wholeNumbers($0.map(String.init)) }
    case "epsilon", "bounds": try members.numbers(name, as: Double.self).map { .numbers($0) }
    default: nil
    }
  }

  private static func type(_ header: NumPyHeader?) -> String {
    guard let header, let description = header.description else { return "unreadable" }
    // A list of fields.
    if description.hasPrefix("[") { return "records" }
    return header.type.map { "\($0.elementType)" } ?? description
  }
}
