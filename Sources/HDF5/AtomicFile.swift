import Glibc

/// A file being written beside its destination. `commit` puts it in place; otherwise it is removed, also when the
/// process exits early. `File.write(atomicallyTo:)` is the usual way to use one.
public struct AtomicFile: ~Copyable, Sendable {
  /// The group that will hold everything in the file.
  public let root: Group
  /// Where the file will be.
  public let path: String

  private let file: OpenFile
  private let temporary: String
  private let destination: String

  /// Creates the temporary file; fails where the directory cannot be written to.
  public init(replacing path: String) throws(HDF5Error) {
    let destination = try Self.resolve(path)
    let temporary = try Self.createTemporary(beside: destination, for: path)
    let content: (file: OpenFile, root: Group)
    do throws(HDF5Error) {
      let file = try OpenFile.creating(temporary, target: path)
      content = (file, try Group(rootOf: file))
    } catch {
      TemporaryFiles.remove(temporary)
      throw error
    }
    (file, root) = content
    (self.path, self.temporary, self.destination) = (path, temporary, destination)
  }

  deinit {
    try? file.close()
    TemporaryFiles.remove(temporary)
  }

  /// Closes the file, makes sure it is on the disk and gives it its name. Groups and datasets of it are invalid then.
  public consuming func commit() throws(HDF5Error) {
    try file.close()
    try synchronize(temporary)
    guard rename(temporary, destination) == 0 else { throw Self.failure(path, errno) }
    TemporaryFiles.forget(temporary)
    // The file is in place; a directory that cannot be synchronised (some network file systems) is no failure.
    try? synchronize(Self.directory(of: destination))
  }

  private borrowing func synchronize(_ name: String) throws(HDF5Error) {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
  }

  /// Follows symbolic links, so that the file they lead to is replaced and not the link.
  private static func resolve(_ path: String) throws(HDF5Error) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw failure(path, ENOENT) }
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw failure(path, errno) }
      return path
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw failure(path, status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
    }
    guard let resolved = realpath(path, nil) else { throw failure(path, errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func createTemporary(beside destination: String, for path: String) throws(HDF5Error) -> String {
    do throws(SystemError) {
      let (temporary, descriptor) = try TemporaryFiles.create(beside: destination)
      // The library opens it again, by its name.
      close(descriptor)
      return temporary
    } catch {
      throw failure(path, error.code)
    }
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String, _ code: Int32) -> HDF5Error {
    let message = code == EINVAL ? "is not a regular file" : describe(errno: code)
    return HDF5Error(reason: .cannotWrite, file: path, object: nil, message: message)
  }
}
