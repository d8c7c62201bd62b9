import Attacks
import Networks
import TestSupport
import Testing

/// The gradients 1 to 20 over one row of pixels, one of them at the end of the box towards which it points.
private let model = LinearClassifier(
  inputShape: [1, 1, 20],
  weights: Tensor(shape: [2, 20], scalars: (0..<20).map { -Float($0 + 1) } + Array(repeating: 0, count: 20)),
  biases: [110, 0])

private func moved(_ quantile: String, _ pixels: [Float]) throws -> [Float] {
  let set = try EvaluationSet(images: Tensor(shape: [1, 1, 1, 20], scalars: pixels), labels: [0])
  let threat = ThreatModel(norm: .l1, radius: 0.3)
  let found = try trace("slide:steps=1,step-size=0.3,quantile=\(quantile)", on: model, set, threat).candidates
  return zip(found.scalars, pixels).map { $0 - $1 }
}

/// Of 20 gradients those from the 90 % quantile up, which lies at 18.1 of 1 … 20: the last two, each by half of the step.
@Test func aStepMovesTheSteepestPixelsAlike() throws {
  let moves = try moved("0.9", Array(repeating: 0.5, count: 20))
  #expect(moves.dropLast(2).allSatisfy { $0 == 0 })
  #expect(moves.suffix(2).allSatisfy { abs($0 - 0.15) < 1e-6 })
}

/// A pixel that cannot follow its gradient counts as one without: the next steepest are moved.
@Test func pixelsAtTheirEndsMakeRoomForOthers() throws {
  let moves = try moved("0.9", Array(repeating: 0.5, count: 19) + [1])
  #expect(moves.dropLast(3).allSatisfy { $0 == 0 } && moves[19] == 0)
  #expect(moves[17...18].allSatisfy { abs($0 - 0.15) < 1e-6 })
}

@Test func ofTwentyPixelsTheSteepestAloneMovesByDefault() throws {
  let moves = try moved("0.99", Array(repeating: 0.5, count: 20))
  #expect(moves.dropLast().allSatisfy { $0 == 0 } && abs(moves[19] - 0.3) < 1e-6)
}

@Test func worksInL1Alone() {
  #expect(throws: AttackError.norm(attack: "slide", found: .linf, expected: [.l1])) {
    try SparseDescent().validate(threat: ThreatModel(norm: .linf, radius: 1), classCount: 2)
  }
}
