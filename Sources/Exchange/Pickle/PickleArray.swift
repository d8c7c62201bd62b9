package import Networks

/// An array of NumPy in a pickle.
package struct PickleArray: Sendable {
  package let shape: Shape
  /// The type of its numbers.
  let element: StoredElement
  let isBigEndian: Bool
  /// Whether the first axis varies fastest.
  let isFortran: Bool
  /// The numbers, as many as the shape says.
  package let bytes: [UInt8]

  /// The distances between neighbours along the axes, in numbers.
  var strides: [Int] {
    let extents = isFortran ? shape.extents : shape.extents.reversed()
    var strides: [Int] = []
    var stride = 1
    for extent in extents {
      strides.append(stride)
      // No overflow where there is any number: the product of all extents fits.
      stride = stride.multipliedReportingOverflow(by: extent).partialValue
    }
    return isFortran ? strides : strides.reversed()
  }
}

extension Pickle {
  /// The array that a value stands for; nil where it stands for something else.
  ///
  /// - Returns: An array with as many bytes as its shape and type say.
  /// - Throws: `ExchangeError` for an array of other elements than plain numbers, or a damaged one.
  package func array(_ value: PickleValue) throws(ExchangeError) -> PickleArray? {
    guard case .call(let global, let arguments, let state) = object(value) else { return nil }
    switch global {
    case .array:
      // Before it: a version.
      guard let fields = state.flatMap(items)?.suffix(4), fields.count == 4 else { throw damagedArray() }
      let parts = Array(fields)
      guard let isFortran = parts[2].integer else { throw damagedArray() }
      return try array(shape: parts[0], type: parts[1], isFortran: isFortran != 0, bytes: parts[3])
    case .arrayOfBytes:
      guard arguments.count == 4, let order = arguments[3].text else { throw damagedArray() }
      return try array(shape: arguments[2], type: arguments[1], isFortran: order == "F", bytes: arguments[0])
    default: return nil
    }
  }

  private func array(
    shape: PickleValue, type: PickleValue, isFortran: Bool, bytes: PickleValue
  ) throws(ExchangeError) -> PickleArray {
    let (element, isBigEndian) = try elementType(type)
    guard let extents = integers(shape), let count = Shape(extents).checkedCount, let content = self.bytes(bytes) else {
      throw damagedArray()
    }
    guard count.multipliedReportingOverflow(by: element.byteCount) == (content.count, false) else {
      throw failure(expected: "an array with the numbers of \(Shape(extents))", found: "\(content.count) bytes")
    }
    return PickleArray(
      shape: Shape(extents), element: element, isBigEndian: isBigEndian, isFortran: isFortran, bytes: content)
  }

  /// The type that a `numpy.dtype` stands for, such as `f4`, and its byte order, which is in its state.
  private func elementType(_ value: PickleValue) throws(ExchangeError) -> (StoredElement, isBigEndian: Bool) {
    guard case .call(.arrayType, let arguments, let state) = object(value), let name = arguments.first?.text else {
      throw damagedArray()
    }
    let order = state.flatMap(items)?.dropFirst().first?.text ?? String(name.prefix(1))
    let element: StoredElement? =
      switch name.drop(while: { "<>|=".contains($0) }) {
      case "f8": .float64
      case "f4": .float32
      case "f2": .float16
      case "i8": .int64
      case "i4": .int32
      case "i2": .int16
      case "i1": .int8
      case "u1": .uint8
      case "b1": .bool
      default: nil
      }
    guard let element else {
      throw failure(expected: "an array of plain numbers", found: "one of '\(name.prefix(32))'")
    }
    return (element, order == ">")
  }

  private func damagedArray() -> ExchangeError {
    failure(expected: "an array of NumPy", found: "a damaged one")
  }
}
