import Attacks
import Networks
import Testing

private let logits = Tensor<Float>(
  shape: [4, 3], scalars: [0, 2, 1, 5, 5, 0, .nan, 1, 0, -3, -1, -2])

@Test func predictionsAreTheFirstLargestFiniteLogit() {
  #expect(predictions(of: logits) == [1, 0, nil, 1])
  #expect(predictions(of: Tensor(shape: [1, 2], scalars: [.infinity, 0])) == [nil])
  #expect(predictions(of: Tensor<Float>(shape: [0, 3])) == [])
}

@Test func misclassificationIsAnyOtherClass() {
  #expect(Goal.misclassify(labels: [1, 1, 1, 0]).isReached(by: logits) == [false, true, false, true])
}

@Test func aTargetIsThatClassAlone() {
  #expect(Goal.classify(as: [1, 1, 0, 2]).isReached(by: logits) == [true, false, false, false])
}

@Test func rowsAreGathered() {
  #expect(Goal.misclassify(labels: [4, 5, 6])[[2, 0, 2]] == .misclassify(labels: [6, 4, 6]))
  #expect(Goal.classify(as: [4, 5, 6])[[1]] == .classify(as: [5]))
}

@Test func theObjectiveGrowsTowardsTheGoal() {
  let some = logits.examples(0..<2)
  let away = Goal.misclassify(labels: [1, 0]).objective(.crossEntropy, of: some, rows: 0..<2)
  let towards = Goal.classify(as: [1, 0]).objective(.crossEntropy, of: some, rows: 0..<2)
  #expect(towards.values == away.values.map { -$0 })
  #expect(towards.gradient.scalars == away.gradient.scalars.map { -$0 })
  // Away from its label the logit falls, towards a target it rises.
  #expect(away.gradient.scalars[1] < 0 && towards.gradient.scalars[1] > 0)
}

@Test func aPartOfABatchUsesItsOwnLabels() {
  let goal = Goal.misclassify(labels: [0, 2, 1])
  let whole = goal.objective(.margin, of: logits.gathering([0, 1, 3]), rows: 0..<3)
  let part = goal.objective(.margin, of: logits.gathering([3]), rows: 2..<3)
  #expect(part.values == [whole.values[2]])
}
