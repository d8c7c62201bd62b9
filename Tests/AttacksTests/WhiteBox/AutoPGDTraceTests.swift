import Attacks
import Foundation
import Networks
import Testing

/// Logits A sin(B x + c) + d: smooth, and with many maxima.
private struct SineNetwork: DifferentiableClassifier {
  let inner: [Double]
  let phase: [Double]
  let outer: [Double]
  let bias: [Double]
  let pullbackLogitsAreExact = true

  var inputShape: Shape { [inner.count / phase.count] }
  var classCount: Int { bias.count }

  private func angles(_ image: ArraySlice<Float>) -> [Double] {
    phase.indices.map { unit in
      zip(inner[unit * image.count..<(unit + 1) * image.count], image).reduce(phase[unit]) { $0 + $1.0 * Double($1.1) }
    }
  }

  private func rows(_ images: Tensor<Float>) -> [ArraySlice<Float>] {
    (0..<images.exampleCount).map { images.scalars[$0 * images.exampleSize..<($0 + 1) * images.exampleSize] }
  }

  func logits(of images: Tensor<Float>) -> Tensor<Float> {
    let scalars = rows(images).flatMap { image in
      let waves = angles(image).map { sin($0) }
      return bias.indices.map { row in
        Float(zip(outer[row * waves.count..<(row + 1) * waves.count], waves).reduce(bias[row]) { $0 + $1.0 * $1.1 })
      }
    }
    return Tensor(shape: [images.exampleCount, classCount], scalars: scalars)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = logits(of: images)
    let cotangents = rows(try cotangent(logits, 0..<images.exampleCount))
    let scalars = zip(rows(images), cotangents).flatMap { image, cotangent in
      let slopes = angles(image).enumerated().map { unit, angle in
        cos(angle)
          * cotangent.enumerated().reduce(0) { $0 + outer[$1.offset * phase.count + unit] * Double($1.element) }
      }
      return (0..<image.count).map { pixel in
        Float(slopes.enumerated().reduce(0) { $0 + $1.element * inner[$1.offset * image.count + pixel] })
      }
    }
    return (logits, Tensor(shape: images.shape, scalars: scalars))
  }
}

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

  let inner: [Double]
  let phase: [Double]
  let outer: [Double]
  let bias: [Double]
  let traces: [Trace]

  static let file = Result { try goldenFile("apgd.json") as Golden }
}

/// Every point, loss and step size of 30 steps is that of the published algorithm in double precision.
///
/// The trace has no decision that hangs on less than 3e-5, so that every one falls alike. Points differ by the rounding of
/// 30 sums, losses by that times a slope of some tens.
@Test(arguments: 0..<9) func theIteratesAreThoseOfThePublishedAlgorithm(number: Int) throws {
  let golden = try Golden.file.get()
  let trace = golden.traces[number]
  let network = SineNetwork(inner: golden.inner, phase: golden.phase, outer: golden.outer, bias: golden.bias)
  let tensor = { (scalars: [Float]) in Tensor<Float>(shape: [1, scalars.count], scalars: scalars) }
  let task = AttackTask(
    images: tensor(trace.image), ids: [0], goal: .misclassify(labels: [trace.label]),
    threat: ThreatModel(norm: trace.norm, radius: trace.radius))
  var settings = AutoPGDSettings()
  settings.steps = trace.losses.count - 1
  settings.earlyStop = false
  let looks = try settings.trace(
    task, from: tensor(trace.points[0]), objective: trace.objective, model: AttackedModel(network))
  try #require(looks.count == trace.losses.count)
  for (step, look) in looks.enumerated() {
    let error = zip(look.points.scalars, trace.points[step]).map { abs($0 - $1) }.max() ?? .infinity
    #expect(error < 1e-5, "\(trace), step \(step)")
    #expect(abs(look.values[0] - trace.losses[step]) < 2e-4 * max(1, abs(trace.losses[step])), "\(trace), step \(step)")
    // The size of the step that led here: at the start, of the one to come.
    #expect(abs(look.stepSizes[0] - trace.sizes[step]) < 1e-6, "\(trace), step \(step)")
  }
}
