import Attacks
import Foundation
import Networks
import Testing

/// What `Tests/Golden/fast_adaptive_boundary.py` writes: the published algorithm in NumPy and double precision.
private struct Trace: Decodable {
  struct Run: Decodable {
    let norm: Norm
    /// The class that the run heads for; nil for the nearest one at every step.
    let target: Int?
    /// The point after each step.
    let points: [[Double]]
  }

  let A: [[Double]]
  let a: [Double]
  let B: [[Double]]
  let b: [Double]
  let image: [Double]
  let label: Int
  let runs: [Run]
}

/// Logits B tanh(A x + a) + b, in double precision.
private struct SmoothNetwork: DifferentiableClassifier {
  let trace: Trace
  var inputShape: Shape { [trace.image.count] }
  var classCount: Int { trace.b.count }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let rows = (0..<images.exampleCount).flatMap { row in
      forward(images.examples(row..<row + 1).scalars.map(Double.init)).logits.map { Float($0) }
    }
    return Tensor(shape: [images.exampleCount, classCount], scalars: rows)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let cotangents = try cotangent(logits, 0..<images.exampleCount)
    let gradient = (0..<images.exampleCount).flatMap { row -> [Float] in
      let hidden = forward(images.examples(row..<row + 1).scalars.map(Double.init)).hidden
      let rows = cotangents.examples(row..<row + 1).scalars.map(Double.init)
      let inner = hidden.indices.map { unit in
        (1 - hidden[unit] * hidden[unit]) * rows.indices.reduce(0) { $0 + rows[$1] * trace.B[$1][unit] }
      }
      return trace.image.indices.map { pixel in
        Float(inner.indices.reduce(0) { $0 + inner[$1] * trace.A[$1][pixel] })
      }
    }
    return (logits, Tensor(shape: images.shape, scalars: gradient))
  }

  private func forward(_ x: [Double]) -> (hidden: [Double], logits: [Double]) {
    func affine(_ matrix: [[Double]], _ x: [Double], _ bias: [Double]) -> [Double] {
      zip(matrix, bias).map { row, bias in zip(row, x).reduce(bias) { $0 + $1.0 * $1.1 } }
    }
    let hidden = affine(trace.A, x, trace.a).map(tanh)
    return (hidden, affine(trace.B, hidden, trace.b))
  }
}

/// The walk goes where the published algorithm goes, step by step.
///
/// Points, logits and gradients are rounded to single precision, by up to 6e-8 of their size. A step takes the value of
/// the boundary, a difference of logits of a few units, over the size of a gradient of about one, so that a point is off by
/// some 1e-6 at most; the choices, which could go another way by that, have a lead of 1e-3 in the trace.
@Test func theStepsAreThoseOfThePublishedAlgorithm() throws {
  let trace: Trace = try goldenFile("fast_adaptive_boundary.json")
  #expect(trace.runs.count == 6)
  let network = SmoothNetwork(trace: trace)
  let image = Tensor<Float>(shape: [1, trace.image.count], scalars: trace.image.map { Float($0) })
  let clean = try network.logits(of: image).scalars
  let order = clean.indices.filter { $0 != trace.label }.sorted { clean[$0] > clean[$1] }
  for run in trace.runs {
    let model = RecordingClassifier(network)
    var walk = BoundaryWalk()
    walk.steps = run.points.count
    let task = AttackTask(
      images: image, ids: [0], goal: .misclassify(labels: [trace.label]),
      threat: ThreatModel(norm: run.norm, radius: .infinity))
    var first = 1
    if let target = run.target {
      // Runs to the classes before it come first.
      let rank = try #require(order.firstIndex(of: target))
      first += rank * walk.steps
      let attack = TargetedFastAdaptiveBoundary(targetClasses: rank + 1, walk: walk)
      _ = try attack.perturb(task, model: AttackedModel(model))
    } else {
      _ = try FastAdaptiveBoundary(walk: walk).perturb(task, model: AttackedModel(model))
    }
    let points = model.queries.dropFirst(first).prefix(walk.steps).map(\.scalars)
    var moved = false
    for (step, (point, expected)) in zip(points, run.points).enumerated() {
      let error = zip(point, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(error < 2e-6, "\(run.norm) \(run.target ?? -1), step \(step): \(error)")
      moved = moved || point != image.scalars
    }
    #expect(points.count == run.points.count && moved)
  }
}
