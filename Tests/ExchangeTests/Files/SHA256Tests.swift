import Exchange
import Testing

/// FIPS 180-4 examples and vectors of NIST's Cryptographic Algorithm Validation Program (SHA256ShortMsg, SHA256LongMsg).
@Test(arguments: [
  ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
  ),
  (
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
  ),
])
func digestsOfPublishedMessages(message: String, digest: String) {
  #expect(SHA256.hex(of: message.utf8) == digest)
}

@Test func digestOfOneByteAndOfAMillion() {
  #expect(SHA256.hex(of: [0xD3]) == "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1")
  #expect(
    SHA256.hex(of: repeatElement(UInt8(ascii: "a"), count: 1_000_000))
      == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
}

/// Every length around the borders of blocks, in every division into two parts, against the whole.
@Test func partsGiveTheDigestOfTheWhole() {
  let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  for length in [1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
    let whole = SHA256.hex(of: bytes[..<length])
    for cut in 0...length {
      var hash = SHA256()
      hash.update(Array(bytes[..<cut]))
      hash.update(Array(bytes[cut..<length]))
      #expect(hash.finalized() == whole, "\(length) bytes cut at \(cut)")
    }
  }
}

@Test func digestOfAFileAndOfSeveral() throws {
  let directory = try TemporaryDirectory()
  let first = try directory.write("a", Array("abc".utf8))
  let second = try directory.write("b", [])
  #expect(try SHA256.hex(ofFile: first) == SHA256.hex(of: "abc".utf8))
  let lines = "\(SHA256.hex(of: "abc".utf8))  a\n\(SHA256.hex(of: []))  b\n"
  #expect(try SHA256.hex(ofFiles: [first, second]) == SHA256.hex(of: lines.utf8))
  let error = #expect(throws: ExchangeError.self) { try SHA256.hex(ofFile: directory.path + "/c") }
  #expect(error?.kind == .missing)
}
