/// An HDF5 file that is read. It closes when nothing refers to it or to anything in it any more.
///
/// Everything in this module may be used from any thread; calls of the library take turns.
public struct File: Sendable {
  /// The group that holds everything in the file.
  public let root: Group

  /// Opens a file for reading.
  public init(reading path: String, limits: Limits = Limits()) throws(HDF5Error) {
    root = try Group(rootOf: OpenFile.reading(path, limits: limits))
  }

  /// Reads a file that is held in memory, such as an entry of a zip archive. `name` stands for it in errors.
  public init(image: [UInt8], name: String, limits: Limits = Limits()) throws(HDF5Error) {
    root = try Group(rootOf: OpenFile.image(image, name: name, limits: limits))
  }

  /// The path of the file, or the name given to an image.
  public var path: String { root.object.file.path }

  /// Writes a file as a whole: `body` fills the root group of a temporary file, which takes the place of `path` only
  /// when complete and on the disk. After any failure what was at `path` is untouched and the temporary file is gone.
  @discardableResult
  public static func write<Result>(
    atomicallyTo path: String, _ body: (Group) throws -> Result
  ) throws -> Result {
    let output = try AtomicFile(replacing: path)
    let result = try body(output.root)
    try output.commit()
    return result
  }
}
