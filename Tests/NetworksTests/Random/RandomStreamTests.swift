import Glibc
import Networks
import Testing

private func stream(_ step: Int = 0) -> RandomStream {
  RandomSource(seed: 2024).stream(.check, step: step)
}

/// The largest distance between the empirical distribution of `values` and `cdf` (Kolmogorov and Smirnov).
private func largestGap(_ values: [Float], _ cdf: (Double) -> Double) -> Double {
  let sorted = values.sorted()
  let count = Double(sorted.count)
  return sorted.enumerated().reduce(0) { worst, item in
    let expected = cdf(Double(item.element))
    return max(worst, abs(expected - Double(item.offset) / count), abs(expected - Double(item.offset + 1) / count))
  }
}

/// Exceeded by a right generator with probability 2·exp(−2·1.95²) ≈ 0.001; the seed is fixed, so never by chance.
private func criticalGap(_ count: Int) -> Double { 1.95 / Double(count).squareRoot() }

@Test func uniformNumbersAreUniform() {
  var stream = stream()
  let values = (0..<20_000).map { _ in stream.uniform() }
  #expect(values.allSatisfy { $0 >= 0 && $0 < 1 && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
  let gap = largestGap(values) { $0 }
  #expect(gap < criticalGap(20_000), "\(gap)")
}

@Test func normalNumbersAreNormalAndNeighboursAreUncorrelated() {
  var stream = stream()
  let values = (0..<20_000).map { _ in stream.normal() }
  let gap = largestGap(values) { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
  #expect(gap < criticalGap(20_000), "\(gap)")
  let correlation = (0..<10_000).reduce(0.0) { $0 + Double(values[2 * $1] * values[2 * $1 + 1]) } / 10_000
  #expect(abs(correlation) < 4 / 100.0, "four standard deviations of a mean of 10,000: \(correlation)")
}

@Test func exponentialNumbersAreExponential() {
  var stream = stream()
  let gap = largestGap((0..<20_000).map { _ in stream.exponential() }) { 1 - exp(-$0) }
  #expect(gap < criticalGap(20_000), "\(gap)")
}

@Test func aRangeHoldsItsNumbers() {
  var stream = stream()
  for _ in 0..<1000 {
    #expect((-0.3...0.1).contains(stream.uniform(in: -0.3...0.1)))
    #expect(stream.uniform(in: 0.25...0.25) == 0.25)
  }
}

@Test func wholeNumbersAreEquallyLikely() {
  var stream = stream()
  var counts = Array(repeating: 0, count: 7)
  for _ in 0..<70_000 { counts[stream.integer(below: 7)] += 1 }
  // Each count is binomial with standard deviation √(70000·1/7·6/7) < 93.
  #expect(counts.allSatisfy { abs($0 - 10_000) < 4 * 93 }, "\(counts)")
  // A remainder modulo 3·2⁶¹ would give the lowest third 3/8 of the draws.
  let bound = 3 << 61
  let low = (0..<3000).reduce(0) { sum, _ in sum + (stream.integer(below: bound) < 1 << 61 ? 1 : 0) }
  #expect(abs(low - 1000) < 4 * 26, "\(low)")
}

@Test func shufflingPermutes() {
  var stream = stream()
  #expect(stream.permutation(0) == [])
  #expect(stream.permutation(100).sorted() == Array(0..<100))
  var counts: [[Int]: Int] = [:]
  for _ in 0..<6000 { counts[stream.permutation(3), default: 0] += 1 }
  #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 4 * 29 }, "\(counts)")
}

/// Of less than a block of four words to several times four blocks, after a number that leaves a block begun.
@Test(arguments: [1, 4, 5, 33, 50]) func bulkFillsEqualSingleDraws(count: Int) {
  var bulk = Array(repeating: Float(0), count: count)
  var (first, second) = (stream(1), stream(1))
  #expect(first.uniform() == second.uniform())
  bulk.withUnsafeMutableBufferPointer { first.fillUniform($0) }
  #expect(bulk == (0..<count).map { _ in second.uniform() })
  bulk.withUnsafeMutableBufferPointer { first.fillNormal($0) }
  #expect(bulk == (0..<count).map { _ in second.normal() })
}
