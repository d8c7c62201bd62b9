/// A Swift number that datasets and attributes can be read into and written from.
public protocol Number: Numeric, BitwiseCopyable, Sendable {
  /// The type of a dataset of such numbers.
  static var elementType: ElementType { get }
}

extension Float: Number {
  /// 32-bit floating point.
  public static var elementType: ElementType { .float(bits: 32) }
}

extension Double: Number {
  /// 64-bit floating point.
  public static var elementType: ElementType { .float(bits: 64) }
}

extension FixedWidthInteger where Self: Number {
  /// The integer of this type's width and signedness.
  public static var elementType: ElementType { .integer(bits: bitWidth, signed: isSigned) }
}

extension Int8: Number {}
extension Int16: Number {}
extension Int32: Number {}
extension Int64: Number {}
extension Int: Number {}
extension UInt8: Number {}
extension UInt16: Number {}
extension UInt32: Number {}
extension UInt64: Number {}
