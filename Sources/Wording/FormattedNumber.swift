import Glibc

/// A number as C's `printf` writes it.
///
/// - Parameters:
///   - value: The number.
///   - format: How: `%.*f` or `%.*g`, whose star is the precision.
///   - precision: The number of decimals or of significant digits.
/// - Returns: The text.
package func formatted(_ value: Double, _ format: String, precision: Int) -> String {
  withVaList([Int32(clamping: precision), value]) { arguments in
    var length: Int32 = 0
    // The longest Double has 309 digits before the point.
    let text = [CChar](unsafeUninitializedCapacity: 400) { buffer, initialized in
      length = vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
      initialized = max(0, min(Int(length), buffer.count - 1))
    }
    return String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
