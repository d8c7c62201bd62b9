import CHDF5

/// What a path leads to.
enum Resolution: ~Copyable {
  case found(OwnedIdentifier)
  case absent(String)
  case refused(String)
}

extension Group {
  private static let softLinkLimit = 16

  /// One name on the way.
  private enum Step: ~Copyable {
    case object(OwnedIdentifier)
    case softLink(to: String)
    case absent(String)
    case refused(String)
  }

  /// Follows a path one component at a time, so that every link is looked at before it is followed. Call inside the lock.
  func resolve(_ path: String) throws(HDF5Error) -> Resolution {
    let location = object.file.location(absolutePath(path))
    guard !path.utf8.contains(0) else { return .absent("no object has a name with a NUL byte") }
    let start = path.hasPrefix("/") ? object.file.id : object.handle.id
    var current = try location.own(H5Oopen(start, ".", hid_t(H5P_DEFAULT)), H5Oclose)
    var remaining = Self.components(path)
    var hops = 0
    while let name = remaining.popLast() {
      switch try Self.step(from: current, to: name, at: location) {
      case .object(let next): current = next
      case .absent(let message): return .absent(message)
      case .refused(let message): return .refused(message)
      case .softLink(let target):
        hops += 1
        guard hops <= Self.softLinkLimit else { return .refused("more than \(Self.softLinkLimit) soft links in a row") }
        if target.hasPrefix("/") { current = try location.own(H5Oopen(object.file.id, ".", 0), H5Oclose) }
        remaining += Self.components(target)
      }
    }
    return .found(current)
  }

  private static func step(
    from group: borrowing OwnedIdentifier, to name: String, at location: Location
  ) throws(HDF5Error) -> Step {
    guard H5Iget_type(group.id) == H5I_GROUP else {
      return .absent("expected a group before \"\(name)\", found \(Kind(of: group.id).article)")
    }
    guard try location.check(H5Lexists(group.id, name, hid_t(H5P_DEFAULT))) > 0 else {
      return .absent("there is no \"\(name)\"; the group holds \(summary(of: group, at: location))")
    }
    var size = 0
    switch try location.check(chdf5_link_class(group.id, name, &size)) {
    case H5L_TYPE_HARD.rawValue:
      return .object(try location.own(H5Oopen(group.id, name, hid_t(H5P_DEFAULT)), H5Oclose))
    case H5L_TYPE_SOFT.rawValue:
      return .softLink(to: try softLinkTarget(group, name, size, at: location))
    default:
      return .refused("\"\(name)\" is a link into another file, which is not followed")
    }
  }

  /// The components of a path, last first.
  private static func components(_ path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
  }

  private static func softLinkTarget(
    _ group: borrowing OwnedIdentifier, _ name: String, _ size: Int, at location: Location
  ) throws(HDF5Error) -> String {
    // Link messages are smaller than 64 KiB by the format; a damaged file may claim anything.
    guard size <= 1 << 16 else { throw location.error("a soft link of \(size) bytes") }
    var bytes = [UInt8](repeating: 0, count: size + 1)
    try location.check(H5Lget_val(group.id, name, &bytes, size, hid_t(H5P_DEFAULT)))
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The first few names in a group, for a reader who looks for a mistyped one.
  private static func summary(of group: borrowing OwnedIdentifier, at location: Location) -> String {
    guard let names = try? GroupListing.names(in: group.id, limit: 10_000, at: location) else { return "many objects" }
    if names.isEmpty { return "nothing" }
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown), … (\(names.count) in all)" : shown
  }
}
