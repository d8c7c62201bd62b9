import Glibc
import Networks
import Testing

/// √(−2·log u)·(cos 2πv, sin 2πv) by the C library, where the quarter turns of v are taken off exactly.
private func reference(_ first: UInt64, _ second: UInt64) -> (Double, Double) {
  let radius = (-2 * log((Double(first) + 0.5) * 0x1p-32)).squareRoot()
  let quarter = (second + 0x2000_0000) >> 30
  let angle = (Double(second) + 0.5 - Double(quarter) * 0x1p30) * 0x1p-32 * 2 * Double.pi
  let (cosine, sine) = (radius * cos(angle), radius * sin(angle))
  return switch quarter % 4 {
  case 0: (cosine, sine)
  case 1: (-sine, cosine)
  case 2: (-cosine, -sine)
  default: (sine, -cosine)
  }
}

@Test func normalPairsAgreeWithTheCLibrary() {
  let ends: [UInt64] = [0, 1, 2, 0xFFFF_FFFE, 0xFFFF_FFFF]
  // About √½, where the exponent of the logarithm changes, and about the eighths of a turn.
  let borders: [UInt64] = [0xB504_F333, 0xB504_F334] + (1...7).flatMap { [$0 << 29 - 1, $0 << 29] }
  var stream = RandomSource(seed: 3).stream(.check)
  let words = ends + borders + (0..<20_000).map { _ in UInt64(stream.word()) }
  for (first, second) in zip(words + words, words.reversed() + words) {
    let (cosines, sines) = BoxMuller.pairs(first: SIMD2(first, 7), second: SIMD2(second, 9))
    let expected = reference(first, second)
    // The radius is at most 6.76. It, sine and cosine have errors of at most a unit in the last place, here and there, and
    // each product another half: 6.76·4·2⁻⁵².
    #expect(abs(cosines.x - expected.0) < 6.1e-15 && abs(sines.x - expected.1) < 6.1e-15, "\(first), \(second)")
  }
  // One lane knows nothing of the other.
  let both = BoxMuller.pairs(first: SIMD2(5, 0xFFFF_FFFF), second: SIMD2(6, 1 << 31))
  let swapped = BoxMuller.pairs(first: SIMD2(0xFFFF_FFFF, 5), second: SIMD2(1 << 31, 6))
  #expect(both.0.x == swapped.0.y && both.1.y == swapped.1.x)
}

@Test(arguments: 0..<6) func bulkFillsGoOnWhereSingleDrawsStopped(before: Int) {
  var (first, second) = (RandomSource(seed: 8).stream(.check), RandomSource(seed: 8).stream(.check))
  for _ in 0..<before { #expect(first.normal() == second.normal()) }
  // After an odd number of words no block begins with a pair.
  if before == 5 { #expect(first.word() == second.word()) }
  var bulk = Array(repeating: Float(0), count: 23)
  bulk.withUnsafeMutableBufferPointer { first.fillNormal($0) }
  #expect(bulk == (0..<23).map { _ in second.normal() })
  #expect(first.normal() == second.normal() && first.word() == second.word())
}
