import Networks
import Testing

private func mask(
  rate: Float = 0.25, seed: UInt64 = 1, step: Int = 2, node: Int = 3, example: Int = 4, count: Int = 10_000
) -> [Float] {
  var factors = Array(repeating: Float.nan, count: count)
  factors.withUnsafeMutableBufferPointer {
    DropoutMask.fill($0, rate: rate, context: seed, step: step, node: node, example: example)
  }
  return factors
}

@Test func aMaskDropsTheStatedShareAndScalesTheRest() {
  let factors = mask()
  #expect(factors.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
  let dropped = factors.filter { $0 == 0 }.count
  // Binomial with standard deviation √(10000·0.25·0.75) < 44.
  #expect(abs(dropped - 2500) < 4 * 44, "\(dropped)")
  #expect(mask(rate: 0).allSatisfy { $0 == 1 })
}

@Test func aMaskIsKeyedBySeedStepNodeAndExample() {
  #expect(mask() == mask())
  for other in [mask(seed: 2), mask(step: 1), mask(node: 2), mask(example: 5)] {
    #expect(other != mask())
  }
  #expect(mask(count: 10) == Array(mask(count: 20).prefix(10)))
}
