import HDF5
import Testing

/// What a stream unpacks to in so many bytes; nil where it is refused.
private func unpacked(_ stream: [UInt8], count: Int) -> [UInt8]? {
  var target = [UInt8](repeating: 0xEE, count: count + 8)
  let isSound = stream.withUnsafeBytes { stream in
    target.withUnsafeMutableBytes { target in
      LZFFilter.unpack(stream, to: UnsafeMutableRawBufferPointer(rebasing: target[..<count]))
    }
  }
  // Whatever the stream is, nothing behind the target is touched.
  #expect(target[count...].allSatisfy { $0 == 0xEE })
  return isSound ? Array(target[..<count]) : nil
}

@Test func runsAndReferencesUnpack() {
  #expect(unpacked([2, 7, 8, 9], count: 3) == [7, 8, 9])
  // A reference that overlaps what it makes repeats it.
  #expect(unpacked([0, 5, 0x20, 0], count: 4) == [5, 5, 5, 5])
  #expect(unpacked([1, 1, 2, 0x40, 1], count: 6) == [1, 2, 1, 2, 1, 2])
  // 7 in the upper bits: nine and the next byte.
  #expect(unpacked([0, 3, 0xE0, 4, 0], count: 14) == Array(repeating: 3, count: 14))
  // The distance in thirteen bits.
  let far = (0..<10).flatMap { block -> [UInt8] in [31] + (0..<32).map { UInt8(block * 20 + $0 % 20) } }
  #expect(unpacked(far + [0x21, 0x3F], count: 323)?.suffix(3) == [0, 1, 2])
  #expect(unpacked([], count: 0) == [])
}

@Test(
  arguments: [
    ([2, 7, 8], 3), ([2, 7, 8, 9], 4), ([2, 7, 8, 9], 2), ([0x20, 0], 3), ([0, 5, 0x20], 4), ([0, 5, 0xE0, 4], 14),
    ([0, 5, 0x20, 1], 4), ([0, 5, 0xE0, 255, 0], 20), ([0x3F, 0xFF], 3), ([], 1),
  ] as [([UInt8], Int)])
func damagedStreamsAreRefused(stream: [UInt8], count: Int) {
  #expect(unpacked(stream, count: count) == nil)
}

/// Every stream of random bytes, and every sound one with a byte changed, is unpacked or refused within its bounds.
@Test func anyStreamStaysInItsBounds() {
  var state: UInt64 = 1
  func next() -> UInt8 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
  for length in 0..<2000 {
    _ = unpacked((0..<length % 97).map { _ in next() }, count: Int(next()))
    var sound: [UInt8] = [5, 1, 2, 3, 4, 5, 6, 0x40, 3, 0xE0, 10, 2]
    sound[length % sound.count] = next()
    _ = unpacked(sound, count: 29)
  }
}
