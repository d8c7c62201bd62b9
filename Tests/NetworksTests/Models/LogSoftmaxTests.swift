import Glibc
import Networks
import Testing

@Suite struct LogSoftmaxTests {
  /// Probabilities 1/4 and 3/4, and 1/2 each. The tolerance is a few units in the last place of numbers near 1.
  @Test func rowsWorkedByHand() {
    let result = logSoftmax([0, log(3), 5, 5], classes: 2)
    for (found, expected) in zip(result, [log(0.25), log(0.75), log(0.5), log(0.5)]) {
      #expect(abs(found - expected) < 1e-15)
    }
  }

  /// log(1 + x) for a tiny x: with a sum of all terms it would be 0.
  @Test func aConfidentPredictionKeepsItsTinyRemainder() {
    let result = logSoftmax([0, -40], classes: 2)
    #expect(result == [-exp(-40), -40])
  }

  @Test func largeLogitsDoNotOverflow() {
    #expect(logSoftmax([1000, -1000], classes: 2) == [0, -2000])
  }
}
