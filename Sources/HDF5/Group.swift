import CHDF5

/// The owner of an open group or dataset.
final class OpenObject: Sendable {
  let handle: OwnedIdentifier
  let file: OpenFile
  let path: String

  init(_ handle: consuming OwnedIdentifier, in file: OpenFile, path: String) {
    self.handle = handle
    self.file = file
    self.path = path
  }

  var location: Location { file.location(path) }
}

/// A group: named groups and datasets, and attributes of its own.
///
/// Paths are relative to the group, or to the root where they begin with a slash. They are followed through soft links
/// within the file, never into another file.
public struct Group: Sendable {
  /// The kind of object that a name in a group refers to.
  public enum Kind: Hashable, Sendable {
    /// A group.
    case group
    /// A dataset.
    case dataset
    /// Something that cannot be opened here, in words: a stored type, a link into another file or to nothing.
    case other(String)
  }

  /// A name, or in a walk a path, and what it stands for.
  public struct Entry: Hashable, Sendable {
    /// The name in its group, or the path from the group where the walk began.
    public let path: String
    /// What is there.
    public let kind: Kind
  }

  let object: OpenObject

  init(rootOf file: OpenFile) throws(HDF5Error) {
    object = try Library.locked { () throws(HDF5Error) -> OpenObject in
      let handle = try file.location("/").own(H5Oopen(file.id, "/", hid_t(H5P_DEFAULT)), H5Oclose)
      return OpenObject(handle, in: file, path: "/")
    }
  }

  init(_ object: OpenObject) {
    self.object = object
  }

  /// The group's path in the file.
  public var path: String { object.path }

  /// The group's attributes.
  public var attributes: Attributes { Attributes(object: object) }

  /// The group at a path.
  public func group(_ path: String) throws(HDF5Error) -> Group {
    Group(try open(path, H5I_GROUP))
  }

  /// The dataset at a path.
  public func dataset(_ path: String) throws(HDF5Error) -> HDF5Dataset {
    try HDF5Dataset(open(path, H5I_DATASET))
  }

  /// What is at a path; nil where there is nothing.
  public func kind(of path: String) throws(HDF5Error) -> Kind? {
    try Library.locked { () throws(HDF5Error) -> Kind? in
      switch try resolve(path) {
      case .found(let handle): Kind(of: handle.id)
      case .absent: nil
      case .refused(let message): .other(message)
      }
    }
  }

  /// The group's entries, in the order of their creation where the file keeps that and of their names elsewhere.
  public func children() throws(HDF5Error) -> [Entry] {
    try Library.locked { () throws(HDF5Error) -> [Entry] in
      var entries: [Entry] = []
      for name in try names() {
        entries.append(Entry(path: name, kind: try kind(of: name) ?? .other("link to nothing")))
      }
      return entries
    }
  }

  private func open(_ path: String, _ type: H5I_type_t) throws(HDF5Error) -> OpenObject {
    let absolute = absolutePath(path)
    let location = object.file.location(absolute)
    return try Library.locked { () throws(HDF5Error) -> OpenObject in
      switch try resolve(path) {
      case .found(let handle):
        guard H5Iget_type(handle.id) == type else {
          let expected = type == H5I_GROUP ? Kind.group : .dataset
          throw location.error("expected \(expected.article), found \(Kind(of: handle.id).article)")
        }
        return OpenObject(handle, in: object.file, path: absolute)
      case .absent(let message): throw location.error(message)
      case .refused(let message): throw location.error(message)
      }
    }
  }

  /// The path in the file of a path from here.
  func absolutePath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return object.path == "/" ? "/" + path : object.path + "/" + path
  }

  /// The names in the group. Call inside the lock.
  func names() throws(HDF5Error) -> [String] {
    try GroupListing.names(in: object.handle.id, limit: object.file.limits.objects, at: object.location)
  }
}

extension Group.Kind {
  /// What an open identifier is. Call inside the lock.
  init(of id: hid_t) {
    switch H5Iget_type(id) {
    case H5I_GROUP: self = .group
    case H5I_DATASET: self = .dataset
    case H5I_DATATYPE: self = .other("stored type")
    default: self = .other("unknown object")
    }
  }

  var article: String {
    switch self {
    case .group: "a group"
    case .dataset: "a dataset"
    case .other(let description): description
    }
  }
}
