import Attacks
import Networks
import Testing

/// What `Tests/Golden/apgd.py` writes.
private struct Golden: Decodable {
  struct Trace: Decodable, CustomStringConvertible, Sendable {
    let norm: Norm
    let loss: String
    let radius: Float
    let image: [Float]
    let label: Int
    let target: Int
    let losses: [Float]
    let sizes: [Float]
    let points: [[Float]]

    var description: String { "\(norm), \(loss)" }

    var objective: AscentObjective {
      switch loss {
      case "cross-entropy": .loss(.crossEntropy)
      case "dlr": .loss(.logitRatio)
      default: .towards(.logitRatio, targets: [target], labels: [label])
      }
    }
  }

  let traces: [Trace]

  static let file = Result { try goldenFile("apgd.json") as Golden }
}

/// Every point, loss and step size of 30 steps is that of the published algorithm in double precision.
///
/// The trace has no decision that hangs on less than 3e-5, so that every one falls alike. Points differ by the rounding of
/// 30 sums, losses by that times a slope of some tens.
@Test(arguments: 0..<9) func theIteratesAreThoseOfThePublishedAlgorithm(number: Int) throws {
  let trace = try Golden.file.get().traces[number]
  let network = try SineNetwork.published.get()
  let task = AttackTask(
    images: vector(trace.image), ids: [0], goal: .misclassify(labels: [trace.label]),
    threat: ThreatModel(norm: trace.norm, radius: trace.radius))
  var settings = AutoPGDSettings()
  settings.steps = trace.losses.count - 1
  settings.earlyStop = false
  let looks = try settings.trace(
    task, from: vector(trace.points[0]), objective: trace.objective, model: AttackedModel(network))
  try #require(looks.count == trace.losses.count)
  for (step, look) in looks.enumerated() {
    #expect(largestError(look.points, from: trace.points[step]) < 1e-5, "\(trace), step \(step)")
    #expect(abs(look.values[0] - trace.losses[step]) < 2e-4 * max(1, abs(trace.losses[step])), "\(trace), step \(step)")
    // The size of the step that led here: at the start, of the one to come.
    #expect(abs(look.stepSizes[0] - trace.sizes[step]) < 1e-6, "\(trace), step \(step)")
  }
}
