import Attacks
import Networks
import TestSupport
import Testing

/// What `Tests/Golden/malt.py` writes.
private struct Golden: Decodable {
  struct Case: Decodable {
    let norm: Norm
    let image: [Float]
    let label: Int
    let targets: [Int]
  }

  let cases: [Case]

  static let file = Result { try goldenFile("malt.json") as Golden }
}

/// MALT turns to the classes in the order of the paper, in every norm. Distances differ by at least 0.001, so that rounding
/// has no say.
@Test func maltOrdersClassesAsPublished() throws {
  let network = try SineNetwork.published.get()
  let cases = try Golden.file.get().cases
  try #require(Set(cases.map(\.norm)).count == 3)
  for (number, expected) in cases.enumerated() {
    let task = AttackTask(
      images: vector(expected.image), ids: [0], goal: .misclassify(labels: [expected.label]),
      threat: ThreatModel(norm: expected.norm, radius: 0.1))
    let targets = try Targeting.malt.targets(
      of: task, labels: [expected.label], count: 4, logits: network.logits(of: task.images),
      model: AttackedModel(network))
    #expect(targets == [expected.targets], "case \(number), \(expected.norm)")
  }
}
