import Networks
import Testing

private func words(_ stream: RandomStream, count: Int = 8) -> [UInt32] {
  var stream = stream
  return (0..<count).map { _ in stream.word() }
}

@Test func aStreamDependsOnEveryPartOfItsKeyAndOnNothingElse() {
  let source = RandomSource(seed: 7)
  let base = words(source.stream(.noise, example: 3, step: 2, lane: 1))
  #expect(base == words(RandomSource(seed: 7).stream(.noise, example: 3, step: 2, lane: 1)))
  let others = [
    RandomSource(seed: 8).stream(.noise, example: 3, step: 2, lane: 1),
    RandomSource(seed: 7 + 1 << 32).stream(.noise, example: 3, step: 2, lane: 1),
    source.stream(.targets, example: 3, step: 2, lane: 1), source.stream(.noise, example: 4, step: 2, lane: 1),
    source.stream(.noise, example: 3, step: 3, lane: 1), source.stream(.noise, example: 3, step: 2, lane: 2),
  ]
  for other in others {
    #expect(Set(words(other)).isDisjoint(with: base))
  }
}

@Test func theCounterLayoutIsThePublishedOne() {
  let stream = RandomSource(seed: 0x1111_2222_3333_4444).stream(.targets, example: 9, step: 5, lane: 3)
  let counter = SIMD4<UInt32>(0, 5, 9, Purpose.targets.rawValue << 24 | 3)
  let block = Philox.block(counter: counter, key: SIMD2(0x3333_4444, 0x1111_2222))
  #expect(words(stream, count: 4) == [block.x, block.y, block.z, block.w])
}

@Test func purposesKeepTheirNumbers() {
  // Changing a number changes every result with that seed.
  #expect(Purpose.allCases.map(\.rawValue) == Array(0..<14))
  #expect(Purpose.randomStart.rawValue == 3)
}
