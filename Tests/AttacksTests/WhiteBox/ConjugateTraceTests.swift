import Attacks
import Networks
import TestSupport
import Testing

/// What `Tests/Golden/acg.py` writes.
private struct Golden: Decodable {
  struct Trace: Decodable {
    let method: String
    let norm: Norm
    let radius: Float
    let image: [Float]
    let label: Int
    let points: [[Float]]
  }

  let traces: [Trace]

  static let file = Result { try goldenFile("acg.json") as Golden }
}

/// Every point of 30 steps of ACG and ReACG is that of the published algorithms in double precision.
///
/// The trace has no decision that hangs on less than 3e-5, and no quotient that is all cancellation. In L∞ points are
/// sums of few steps; in L2 a weight, exact to some 1e-5, turns all directions that follow.
@Test(arguments: 0..<4) func conjugateIteratesAreThoseOfThePublishedAlgorithms(number: Int) throws {
  let trace = try Golden.file.get().traces[number]
  let network = RecordingClassifier(try SineNetwork.published.get())
  let task = AttackTask(
    images: vector(trace.image), ids: [0], goal: .misclassify(labels: [trace.label]),
    threat: ThreatModel(norm: trace.norm, radius: trace.radius))
  var settings = ConjugateSettings()
  settings.steps = trace.points.count - 1
  settings.earlyStop = false
  let attack: any Attack =
    trace.method == "acg"
    ? AutoConjugateGradient(settings: settings) : RescalingConjugateGradient(settings: settings)
  _ = try attack.perturb(task, model: AttackedModel(network))
  // The last point is looked at without a gradient.
  let looks = network.gradients + network.queries
  try #require(looks.count == trace.points.count)
  let tolerance: Float = trace.norm == .linf ? 1e-5 : 1e-4
  for (step, look) in looks.enumerated() {
    #expect(largestError(look, from: trace.points[step]) < tolerance, "\(trace.method), \(trace.norm), step \(step)")
  }
}
