import Networks
import Testing

/// The known answers that the authors of Random123 publish (`kat_vectors`, philox4x32 10).
private let knownAnswers: [(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, words: SIMD4<UInt32>)] = [
  (
    SIMD4(repeating: 0), SIMD2(repeating: 0),
    SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
  ),
  (
    SIMD4(repeating: 0xffff_ffff), SIMD2(repeating: 0xffff_ffff),
    SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
  ),
  (
    SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
    SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
  ),
]

@Test func philoxGivesTheKnownAnswers() {
  for answer in knownAnswers {
    #expect(Philox.block(counter: answer.counter, key: answer.key) == answer.words)
  }
}

/// Their counters go round where 32 bits end, as those of single blocks do.
@Test func fourBlocksAreFourBlocks() {
  let (counter, key) = (SIMD4<UInt32>(0xffff_fffe, 7, 8, 9), SIMD2<UInt32>(0xa409_3822, 0x299f_31d0))
  let words = Philox.fourBlocks(counter: counter, key: key)
  for block in 0..<4 {
    var single = counter
    single.x &+= UInt32(block)
    let found = SIMD4(words.0[block], words.1[block], words.2[block], words.3[block])
    #expect(found == Philox.block(counter: single, key: key))
  }
}
