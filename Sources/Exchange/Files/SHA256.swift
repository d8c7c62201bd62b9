import COpenSSL

/// The SHA-256 digest of a sequence of bytes, as FIPS 180-4 defines it, computed by OpenSSL.
public struct SHA256: Sendable {
  private var state = SHA256_CTX()

  /// Starts with no bytes.
  public init() { SHA256_Init(&state) }

  /// The digest of some bytes in hexadecimal.
  public static func hex(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(Array(bytes))
    return hash.finalized()
  }

  /// Adds the bytes of a text in UTF-8.
  public mutating func update(_ text: String) {
    update(Array(text.utf8))
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&state, bytes.baseAddress, bytes.count)
  }

  /// The digest of all bytes so far, in lower-case hexadecimal.
  public func finalized() -> String {
    var last = state
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256_Final(&digest, &last)
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
