import CHDF5

/// The attributes of a group or dataset. Reading one that does not exist gives nil; one of another type is an error.
///
/// A scalar and an array of one element are read alike. An attribute without elements reads as an empty array whatever
/// its type: h5py stores an empty list of strings as an empty array of floating-point numbers.
public struct Attributes: Sendable {
  let object: OpenObject

  /// The names of all attributes.
  public func names() throws(HDF5Error) -> [String] {
    try Library.locked { () throws(HDF5Error) -> [String] in
      var names: [String] = []
      let status = withUnsafeMutablePointer(to: &names) { context in
        let collect: H5A_operator2_t = { _, name, _, context in
          guard let name, let names = context?.assumingMemoryBound(to: [String].self) else { return -1 }
          names.pointee.append(String(cString: name))
          return 0
        }
        return H5Aiterate2(object.handle.id, H5_INDEX_NAME, H5_ITER_INC, nil, collect, context)
      }
      try object.location.check(status)
      return names
    }
  }

  /// The type and shape of an attribute.
  public func description(of name: String) throws(HDF5Error) -> (elementType: ElementType, shape: [Int])? {
    try withAttribute(name) { (attribute) throws(HDF5Error) in (attribute.elementType, attribute.shape) }
  }

  /// The numbers of an attribute, under the rules of `HDF5Dataset.read`.
  public func numbers<Value: Number>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(HDF5Error) -> [Value]? {
    try withAttribute(name) { (attribute) throws(HDF5Error) in
      if attribute.count == 0 { return [] }
      let reading = try NumberReading<Value>(of: attribute.elementType, at: attribute.location)
      return try reading.values(count: attribute.count) { type, destination in
        H5Aread(attribute.handle.id, type, destination)
      }
    }
  }

  /// The one number of an attribute.
  public func number<Value: Number>(_ name: String, as type: Value.Type = Value.self) throws(HDF5Error) -> Value? {
    try single(numbers(name, as: type), name)
  }

  /// The strings of an attribute. What is not UTF-8 is repaired.
  public func strings(_ name: String) throws(HDF5Error) -> [String]? {
    try withAttribute(name) { (attribute) throws(HDF5Error) in
      if attribute.count == 0 { return [] }
      let reading = try StringReading(of: attribute.type, at: attribute.location)
      return try reading.strings(count: attribute.count, space: attribute.space) { type, destination in
        H5Aread(attribute.handle.id, type, destination)
      }
    }
  }

  /// The one string of an attribute.
  public func string(_ name: String) throws(HDF5Error) -> String? {
    try single(strings(name), name)
  }

  private func single<Value>(_ values: [Value]?, _ name: String) throws(HDF5Error) -> Value? {
    guard let values else { return nil }
    guard values.count == 1 else {
      throw object.location.attribute(name).error("expected one value, found \(values.count)")
    }
    return values[0]
  }

  private func withAttribute<Result>(
    _ name: String, _ body: (borrowing OpenAttribute) throws(HDF5Error) -> Result
  ) throws(HDF5Error) -> Result? {
    try Library.locked { () throws(HDF5Error) -> Result? in
      let location = object.location.attribute(name)
      guard !name.utf8.contains(0), try location.check(H5Aexists(object.handle.id, name)) > 0 else { return nil }
      return try body(OpenAttribute(name, of: object))
    }
  }
}

/// An attribute while it is being read. Lives inside the lock.
private struct OpenAttribute: ~Copyable {
  let handle: OwnedIdentifier
  let type: OwnedIdentifier
  let space: OwnedIdentifier
  let elementType: ElementType
  let shape: [Int]
  let count: Int
  let location: Location

  init(_ name: String, of object: OpenObject) throws(HDF5Error) {
    let location = object.location.attribute(name)
    let handle = try location.own(H5Aopen(object.handle.id, name, hid_t(H5P_DEFAULT)), H5Aclose)
    let type = try location.own(H5Aget_type(handle.id), H5Tclose)
    let space = try location.own(H5Aget_space(handle.id), H5Sclose)
    let elementType = ElementType(describing: type.id)
    let shape = try dimensions(of: space, at: location)
    let limit = object.file.limits.attributeBytes
    // Reading into 8-byte numbers can take up to eight times the stored bytes.
    guard let count = checkedProduct(shape), let bytes = checkedProduct([count, max(H5Tget_size(type.id), 8)]),
      bytes <= limit
    else {
      throw location.error("expected at most \(limit) bytes, found the shape \(shape) of \(elementType)")
    }
    self.handle = handle
    self.type = type
    self.space = space
    (self.elementType, self.shape, self.count, self.location) = (elementType, shape, count, location)
  }
}
