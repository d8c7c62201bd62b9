/// A type of numbers in a file of tensors, and how its bytes become numbers: the one place for all such files.
package enum StoredElement: CaseIterable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8
  /// One byte; anything but 0 is true, and 1 as a number.
  case bool

  /// The bytes of one number.
  package var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether weights are of such a type; counters and indices are of the others.
  package var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }

  /// The numbers in bytes that follow each other, rounded where `Scalar` cannot hold them.
  ///
  /// - Returns: `bytes.count / byteCount` numbers; bytes that make up no whole number at the end are left out.
  package func scalars<Scalar: BinaryFloatingPoint>(
    _ bytes: [UInt8], as type: Scalar.Type, isBigEndian: Bool = false
  ) -> [Scalar] {
    switch self {
    case .float64: numbers(bytes, UInt64.self, isBigEndian) { Scalar(Double(bitPattern: $0)) }
    case .float32: numbers(bytes, UInt32.self, isBigEndian) { Scalar(Float(bitPattern: $0)) }
    case .float16: numbers(bytes, UInt16.self, isBigEndian) { Scalar(Float(Float16(bitPattern: $0))) }
    // The upper half of a number of single precision.
    case .bfloat16: numbers(bytes, UInt16.self, isBigEndian) { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .int64: numbers(bytes, Int64.self, isBigEndian) { Scalar($0) }
    case .int32: numbers(bytes, Int32.self, isBigEndian) { Scalar($0) }
    case .int16: numbers(bytes, Int16.self, isBigEndian) { Scalar($0) }
    case .int8: bytes.map { Scalar(Int8(bitPattern: $0)) }
    case .uint8: bytes.map { Scalar($0) }
    case .bool: bytes.map { $0 == 0 ? 0 : 1 }
    }
  }

  /// The whole numbers in little-endian bytes that follow each other.
  ///
  /// - Precondition: not `isFloatingPoint`.
  func integers(_ bytes: [UInt8]) -> [Int] {
    switch self {
    case .float64, .float32, .float16, .bfloat16: preconditionFailure("not whole numbers")
    case .int64: numbers(bytes, Int64.self, false) { Int($0) }
    case .int32: numbers(bytes, Int32.self, false) { Int($0) }
    case .int16: numbers(bytes, Int16.self, false) { Int($0) }
    case .int8: bytes.map { Int(Int8(bitPattern: $0)) }
    case .uint8: bytes.map { Int($0) }
    case .bool: bytes.map { $0 == 0 ? 0 : 1 }
    }
  }

  private func numbers<Bits: FixedWidthInteger, Scalar>(
    _ bytes: [UInt8], _ bits: Bits.Type, _ isBigEndian: Bool, _ convert: (Bits) -> Scalar
  ) -> [Scalar] {
    bytes.withUnsafeBytes { buffer in
      (0..<buffer.count / byteCount).map { index in
        let stored = buffer.loadUnaligned(fromByteOffset: index * byteCount, as: Bits.self)
        return convert(isBigEndian ? Bits(bigEndian: stored) : Bits(littleEndian: stored))
      }
    }
  }
}
