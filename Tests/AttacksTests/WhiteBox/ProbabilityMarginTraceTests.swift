import Attacks
import Networks
import TestSupport
import Testing

/// What `Tests/Golden/pma.py` writes.
private struct Golden: Decodable {
  struct Trace: Decodable {
    let run: Int
    let radius: Float
    let image: [Float]
    let label: Int
    let points: [[Float]]
  }

  let traces: [Trace]

  static let file = Result { try goldenFile("pma.json") as Golden }
}

/// Every point of a run is that of the published algorithm in double precision: of the first, which takes down the
/// probability of the label in its first half, and of the second, which raises that of another class.
///
/// No sign hangs on rounding, so that points are sums of at most 20 exact steps.
@Test(arguments: [0, 1]) func probabilityMarginIteratesAreThoseOfThePublishedAlgorithm(number: Int) throws {
  let trace = try Golden.file.get().traces[number]
  let network = RecordingClassifier(try SineNetwork.published.get())
  let task = AttackTask(
    images: vector(trace.image), ids: [0], goal: .misclassify(labels: [trace.label]),
    threat: ThreatModel(norm: .linf, radius: trace.radius))
  var attack = ProbabilityMarginAttack(steps: trace.points.count - 1)
  attack.earlyStop = false
  let end = try attack.run(
    task, from: vector(trace.points[0]), number: trace.run, model: AttackedModel(network))
  let looks = network.gradients + [end]
  try #require(looks.count == trace.points.count)
  for (step, look) in looks.enumerated() {
    #expect(largestError(look, from: trace.points[step]) < 1e-5, "run \(trace.run), step \(step)")
  }
}
