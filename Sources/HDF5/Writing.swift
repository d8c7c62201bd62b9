import CHDF5

/// How a dataset's elements are laid out in the file.
public enum Storage: Hashable, Sendable {
  /// As they are, one after the other.
  case plain
  /// In blocks of rows, each shuffled and compressed with gzip at this level (0 to 9).
  case compressed(level: Int = 4)
}

extension Group {
  /// The group at a path, created together with the groups above it where it does not exist.
  @discardableResult
  public func createGroup(_ path: String) throws(HDF5Error) -> Group {
    var group = self
    for component in path.split(separator: "/") {
      let name = String(component)
      switch try group.kind(of: name) {
      case .group: group = try group.group(name)
      case nil: group = try group.createChild(name)
      case let kind?:
        throw group.location(of: name).error("cannot make a group where there is \(kind.article)")
      }
    }
    return group
  }

  /// Writes a dataset of this shape, by default one-dimensional; an empty shape makes a scalar. Missing groups on the
  /// path are created.
  @discardableResult
  public func write<Value: Number>(
    _ path: String, _ values: [Value], shape: [Int]? = nil, storage: Storage = .plain
  ) throws(HDF5Error) -> HDF5Dataset {
    var failure: HDF5Error?
    let dataset = values.withUnsafeBufferPointer { buffer -> HDF5Dataset? in
      do throws(HDF5Error) {
        return try write(path, buffer, shape: shape ?? [values.count], storage: storage)
      } catch {
        failure = error
        return nil
      }
    }
    guard let dataset else { throw failure ?? location(of: path).error("was not written") }
    return dataset
  }

  /// Writes a dataset from a buffer.
  @discardableResult
  public func write<Value: Number>(
    _ path: String, _ values: UnsafeBufferPointer<Value>, shape: [Int], storage: Storage = .plain
  ) throws(HDF5Error) -> HDF5Dataset {
    try Library.locked { () throws(HDF5Error) -> HDF5Dataset in
      let location = location(of: path)
      try checkShape(shape, holds: values.count, at: location)
      let type = Value.elementType
      let plan = DatasetPlan(type: type.fileType, bytesEach: MemoryLayout<Value>.stride, shape: shape, storage: storage)
      let dataset = try create(path, plan)
      if let base = values.baseAddress, !values.isEmpty {
        try location.check(H5Dwrite(dataset.handle.id, type.memoryType, 0, 0, hid_t(H5P_DEFAULT), base))
      }
      return try HDF5Dataset(dataset)
    }
  }

  /// Writes truth values as h5py does, as an enumeration of FALSE and TRUE.
  @discardableResult
  public func write(_ path: String, _ values: [Bool], shape: [Int]? = nil) throws(HDF5Error) -> HDF5Dataset {
    try Library.locked { () throws(HDF5Error) -> HDF5Dataset in
      let location = location(of: path)
      try checkShape(shape ?? [values.count], holds: values.count, at: location)
      let type = try location.own(H5Tenum_create(chdf5_native_integer(8, 1)), H5Tclose)
      for (name, value) in [("FALSE", Int8(0)), ("TRUE", Int8(1))] {
        var value = value
        try location.check(H5Tenum_insert(type.id, name, &value))
      }
      let plan = DatasetPlan(type: type.id, bytesEach: 1, shape: shape ?? [values.count], storage: .plain)
      let dataset = try create(path, plan)
      let bytes = values.map { Int8($0 ? 1 : 0) }
      if !bytes.isEmpty { try location.check(H5Dwrite(dataset.handle.id, type.id, 0, 0, hid_t(H5P_DEFAULT), bytes)) }
      return try HDF5Dataset(dataset)
    }
  }

  /// Writes a dataset of UTF-8 strings.
  @discardableResult
  public func write(
    _ path: String, _ values: [String], shape: [Int]? = nil, layout: StringLayout = .variable
  ) throws(HDF5Error) -> HDF5Dataset {
    try Library.locked { () throws(HDF5Error) -> HDF5Dataset in
      let location = location(of: path)
      try checkShape(shape ?? [values.count], holds: values.count, at: location)
      let writing = try StringWriting(values, layout, at: location)
      let plan = DatasetPlan(
        type: writing.type.id, bytesEach: H5Tget_size(writing.type.id), shape: shape ?? [values.count],
        storage: .plain)
      let dataset = try create(path, plan)
      if !values.isEmpty {
        try location.check(
          writing.withElements { H5Dwrite(dataset.handle.id, writing.type.id, 0, 0, hid_t(H5P_DEFAULT), $0) })
      }
      return try HDF5Dataset(dataset)
    }
  }

  /// The place of something to be written at a path from here.
  func location(of path: String) -> Location {
    Location(file: object.file.path, object: absolutePath(path), writing: true)
  }

  private func createChild(_ name: String) throws(HDF5Error) -> Group {
    try Library.locked { () throws(HDF5Error) -> Group in
      let location = location(of: name)
      guard !name.utf8.contains(0) else { throw location.error("is no name for a group") }
      let handle = try location.own(H5Gcreate2(object.handle.id, name, 0, 0, 0), H5Gclose)
      return Group(OpenObject(handle, in: object.file, path: absolutePath(name)))
    }
  }

  /// A new dataset; its group is created where missing. Call inside the lock.
  func create(_ path: String, _ plan: DatasetPlan) throws(HDF5Error) -> OpenObject {
    let location = location(of: path)
    var components = path.split(separator: "/").map(String.init)
    guard let name = components.popLast(), name != ".", !name.utf8.contains(0) else {
      throw location.error("is no name for a dataset")
    }
    let start = path.hasPrefix("/") ? try group("/") : self
    let parent = try start.createGroup(components.joined(separator: "/"))
    if let kind = try parent.kind(of: name) { throw location.error("there is \(kind.article) of this name already") }
    let space = try plan.space(at: location)
    let properties = try plan.properties(at: location)
    let id = H5Dcreate2(parent.object.handle.id, name, plan.type, space.id, 0, properties.id, 0)
    return OpenObject(try location.own(id, H5Dclose), in: object.file, path: absolutePath(path))
  }

  private func checkShape(_ shape: [Int], holds count: Int, at location: Location) throws(HDF5Error) {
    guard shape.count <= 32, shape.allSatisfy({ $0 >= 0 }), checkedProduct(shape) == count else {
      throw location.error("expected values for the shape \(shape), found \(count)")
    }
  }
}
