import CHDF5

/// The names in a group, up to a limit.
enum GroupListing {
  private struct Names {
    let limit: Int
    var names: [String] = []
    var exceeded = false
  }

  /// Call inside the lock.
  static func names(in group: hid_t, limit: Int, at location: Location) throws(HDF5Error) -> [String] {
    let byCreation = try tracksCreation(group, at: location)
    var found = Names(limit: limit)
    let status = withUnsafeMutablePointer(to: &found) { context in
      chdf5_visit_links(
        group, byCreation ? 1 : 0,
        { name, context in
          guard let name, let found = context?.assumingMemoryBound(to: Names.self) else { return -1 }
          guard found.pointee.names.count < found.pointee.limit else {
            found.pointee.exceeded = true
            return 1
          }
          found.pointee.names.append(String(cString: name))
          return 0
        }, context)
    }
    try location.check(status)
    guard !found.exceeded else { throw location.error("expected at most \(limit) entries, found more") }
    return found.names
  }

  /// Only an indexed creation order can be used for iteration.
  private static func tracksCreation(_ group: hid_t, at location: Location) throws(HDF5Error) -> Bool {
    let properties = try location.own(H5Gget_create_plist(group), H5Pclose)
    var flags: UInt32 = 0
    try location.check(H5Pget_link_creation_order(properties.id, &flags))
    return flags & UInt32(H5P_CRT_ORDER_INDEXED) != 0
  }
}

extension Group {
  /// Every group and dataset below this one, parents before their contents, each group entered once however many names
  /// it has. Soft links are listed, not entered. Fails beyond the limits on depth and number.
  public func walk() throws(HDF5Error) -> [Entry] {
    try Library.locked { () throws(HDF5Error) -> [Entry] in
      var walk = Walk(limits: object.file.limits)
      try walk.visit(self, prefix: "", depth: 1)
      return walk.entries
    }
  }

  private struct Walk {
    struct Identity: Hashable {
      let file: UInt
      let address: UInt64
    }

    let limits: Limits
    var entries: [Entry] = []
    var visited: Set<Identity> = []

    mutating func visit(_ group: Group, prefix: String, depth: Int) throws(HDF5Error) {
      let location = group.object.location
      guard try isNew(group) else { return }
      guard depth <= limits.depth else { throw location.error("groups are nested more than \(limits.depth) deep") }
      for name in try group.names() {
        guard entries.count < limits.objects else {
          throw location.error("expected at most \(limits.objects) objects, found more")
        }
        let kind = try group.kind(of: name) ?? .other("link to nothing")
        entries.append(Entry(path: prefix + name, kind: kind))
        if kind == .group, group.isHardLink(name) {
          try visit(group.group(name), prefix: prefix + name + "/", depth: depth + 1)
        }
      }
    }

    private mutating func isNew(_ group: Group) throws(HDF5Error) -> Bool {
      var identity = chdf5_identity()
      try group.object.location.check(chdf5_get_identity(group.object.handle.id, &identity))
      return visited.insert(Identity(file: identity.file, address: identity.address)).inserted
    }
  }

  private func isHardLink(_ name: String) -> Bool {
    var size = 0
    return chdf5_link_class(object.handle.id, name, &size) == H5L_TYPE_HARD.rawValue
  }
}
