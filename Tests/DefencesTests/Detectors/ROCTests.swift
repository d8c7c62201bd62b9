import Defences
import Testing

@Suite struct ROCTests {
  /// By hand: of 4 · 3 pairs 8 are in order and 2 are ties: (8 + 1) / 12.
  @Test func theAreaCountsPairs() {
    let roc = ROC(negatives: [0.1, 0.4, 0.4, 0.8], positives: [0.9, 0.4, 0.5])
    // 0.9 beats 4; 0.4 beats 1 and ties with 2; 0.5 beats 3.
    #expect(roc.area == 9.0 / 12)
  }

  @Test func extremes() {
    #expect(ROC(negatives: [1, 2], positives: [3, 4]).area == 1)
    #expect(ROC(negatives: [3, 4], positives: [1, 2]).area == 0)
    #expect(ROC(negatives: [7, 7, 7], positives: [7, 7]).area == 0.5)
    #expect(ROC(negatives: [], positives: [1]).area == nil)
    #expect(ROC(negatives: [1], positives: []).truePositiveRate(falsePositiveRate: 0.05) == nil)
    #expect(ROC(negatives: [1, 2], positives: [.nan]).area == 1, "no number counts as suspicious")
  }

  @Test func manyTiesAgreeWithCounting() {
    let negatives = (0..<50).map { Double($0 * 7 % 11) }
    let positives = (0..<40).map { Double($0 * 5 % 13) }
    var doubled = 0
    for n in negatives { for p in positives { doubled += p > n ? 2 : p == n ? 1 : 0 } }
    #expect(ROC(negatives: negatives, positives: positives).area == Double(doubled) / 4000)
  }

  @Test func thresholdsKeepTheRate() {
    let negatives = (1...40).map(Double.init)
    let roc = ROC(negatives: negatives, positives: [38, 38.5, 39, 50])
    // 5 % of 40 are 2: above 38 there are 39 and 40.
    #expect(roc.threshold(falsePositiveRate: 0.05) == 38)
    #expect(roc.truePositiveRate(falsePositiveRate: 0.05) == 0.75)
    #expect(roc.threshold(falsePositiveRate: 0) == 40)
    #expect(roc.truePositiveRate(falsePositiveRate: 1) == 1)
    // Equal scores cannot be told apart, so fewer are above.
    #expect(
      ROC(negatives: Array(repeating: 1, count: 40), positives: [1, 2]).truePositiveRate(falsePositiveRate: 0.05) == 0.5
    )
  }
}
