/// An unsigned integer in some of `bytes`, least significant first; the largest `Int` for what is larger.
func littleEndianInteger(_ bytes: [UInt8], at offset: Int, count: Int) -> Int {
  Int(clamping: (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) })
}

/// The bytes of an integer, least significant first.
func littleEndianBytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
