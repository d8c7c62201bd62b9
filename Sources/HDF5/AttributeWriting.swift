import CHDF5

extension Attributes {
  /// Sets an attribute to one number.
  public func set<Value: Number>(_ name: String, to value: Value) throws(HDF5Error) {
    try write(name, numbers: [value], shape: [])
  }

  /// Sets an attribute to an array of numbers of this shape, by default one-dimensional.
  public func set<Value: Number>(_ name: String, to values: [Value], shape: [Int]? = nil) throws(HDF5Error) {
    try write(name, numbers: values, shape: shape ?? [values.count])
  }

  /// Sets an attribute to one string.
  public func set(_ name: String, to value: String, layout: StringLayout = .variable) throws(HDF5Error) {
    try write(name, strings: [value], layout, shape: [])
  }

  /// Sets an attribute to a one-dimensional array of strings.
  public func set(_ name: String, to values: [String], layout: StringLayout = .variable) throws(HDF5Error) {
    try write(name, strings: values, layout, shape: [values.count])
  }

  private func write<Value: Number>(_ name: String, numbers: [Value], shape: [Int]) throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in
      guard checkedProduct(shape) == numbers.count else {
        throw location(of: name).error("expected values for the shape \(shape), found \(numbers.count)")
      }
      let type = Value.elementType
      let attribute = try create(name, type.fileType, shape: shape)
      let status = numbers.withUnsafeBytes { bytes in
        bytes.isEmpty ? 0 : H5Awrite(attribute.id, type.memoryType, bytes.baseAddress)
      }
      try location(of: name).check(status)
    }
  }

  private func write(_ name: String, strings: [String], _ layout: StringLayout, shape: [Int]) throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in
      let location = location(of: name)
      let writing = try StringWriting(strings, layout, at: location)
      let attribute = try create(name, writing.type.id, shape: shape)
      if strings.isEmpty { return }
      try location.check(writing.withElements { H5Awrite(attribute.id, writing.type.id, $0) })
    }
  }

  private func location(of name: String) -> Location {
    var location = object.location.attribute(name)
    location.writing = true
    return location
  }

  /// A new attribute in place of any of the name, a scalar where the shape is empty.
  private func create(_ name: String, _ type: hid_t, shape: [Int]) throws(HDF5Error) -> OwnedIdentifier {
    let location = location(of: name)
    guard !name.isEmpty, !name.utf8.contains(0) else { throw location.error("is no name for an attribute") }
    if try location.check(H5Aexists(object.handle.id, name)) > 0 {
      try location.check(H5Adelete(object.handle.id, name))
    }
    let space = try dataSpace(shape, at: location)
    return try location.own(
      H5Acreate2(object.handle.id, name, type, space.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT)), H5Aclose)
  }
}

/// A data space of fixed shape: scalar where that is empty. Call inside the lock.
func dataSpace(_ shape: [Int], at location: Location) throws(HDF5Error) -> OwnedIdentifier {
  if shape.isEmpty { return try location.own(H5Screate(H5S_SCALAR), H5Sclose) }
  return try location.own(H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil), H5Sclose)
}
