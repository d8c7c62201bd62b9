import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// The points, their images and labels, of what was found.
private func points(_ norm: Norm) throws -> [(point: [Float], image: [Float], label: Int)] {
  let set = try evaluationSet(images(24, shape: model.inputShape), model: model)
  let found = try evaluator().evaluateCandidates(
    of: Pointwise(), on: set, threat: ThreatModel(norm: norm, radius: 1000), model: model)
  return (0..<24).filter { found.evaluation.examples[$0].isBroken }.map { row in
    let (point, image) = (found.images.examples(row..<row + 1), set.images.examples(row..<row + 1))
    return (point.scalars, image.scalars, set.labels[row])
  }
}

private func prediction(_ scalars: [Float]) throws -> Int? {
  predictions(of: try model.logits(of: Tensor(shape: [1, 1, 4, 5], scalars: scalars)))[0]
}

/// In L0 no scalar that was changed can be set back; the linear model tells how many must be changed at least.
@Test func noScalarCanBeSetBack() throws {
  let all = try points(.l0)
  #expect(all.count > 15)
  var optima = 0
  for (point, image, label) in all {
    let changed = point.indices.filter { point[$0] != image[$0] }
    let optimum = model.optimum(.l0, image: image, label: label, bounds: 0...1)
    #expect(Double(changed.count) >= optimum)
    optima += Double(changed.count) <= optimum + 1 ? 1 : 0
    for index in changed {
      var back = point
      back[index] = image[index]
      #expect(try prediction(back) == label)
    }
  }
  #expect(optima > all.count / 3, "\(optima)")
}

/// In L2 no scalar can be moved by more than the last halving, 2⁻¹⁰ of its change; ten rounds may leave a little more.
@Test func noScalarCanBeMovedMuchNearer() throws {
  let all = try points(.l2)
  #expect(all.count > 15)
  for (point, image, label) in all {
    for index in point.indices where abs(point[index] - image[index]) > 0.01 {
      var nearer = point
      nearer[index] += 0x1p-6 * (image[index] - point[index])
      #expect(try prediction(nearer) == label)
    }
  }
}

@Test func halvingComesNearerThanSettingBackAlone() throws {
  let (nearer, far) = (
    try ratiosToOptimum(Pointwise(), norm: .l2), try ratiosToOptimum(Pointwise(rounds: 10, bisections: 0), norm: .l2)
  )
  #expect(zip(nearer, far).allSatisfy { $0 >= 0.9999 && $0 <= $1 })
  #expect(nearer.median < 0.95 * far.median, "\(nearer.median) \(far.median)")
}

@Test func senselessPointwiseParametersAreRefused() {
  let threat = ThreatModel(norm: .l0, radius: 1)
  for attack in [Pointwise(rounds: 0), Pointwise(rounds: 1, bisections: -1)] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
