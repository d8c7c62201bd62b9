import Networks

/// The steps of APGD in L1, without momentum:
///
///     x ← P(x + η · sign(g) / ‖sign(g)‖₁),  g the gradient where it is largest, a share k of the coordinates
///
/// At first k = 20 % and η = ε. Every 4 % of the steps the changed coordinates of the best point are counted. Where there
/// are 5 % fewer than at the last count, η is ε again and the example goes back to its best point; else η is divided by
/// 1.5, down to ε/10. Then k is the share of changed coordinates over 1.5. The projection is the exact one.
///
/// Croce and Hein, *Mind the box: l1-APGD for sparse adversarial attacks on image classifiers*, arXiv 2103.01208.
struct SparseRule: AscentRule {
  private let threat: ThreatModel
  private let window: Int
  private var radii: [Float]
  private var shares: [Float]
  private var counts: [Int]
  private var stepsInWindow = 0
  private(set) var stepSizes: [Float]

  /// Steps within balls of these radii.
  ///
  /// - Parameters:
  ///   - threat: Norm and box.
  ///   - radii: The radius of each example.
  ///   - start: Where a run with a larger radius ended, from whose changed coordinates the share follows; nil at the
  ///     beginning.
  ///   - images: The images.
  ///   - steps: The number of all steps.
  init(_ threat: ThreatModel, radii: [Float], start: Tensor<Float>?, images: Tensor<Float>, steps: Int) {
    self.threat = threat
    self.radii = radii
    stepSizes = radii
    window = max(Int(0.04 * Double(steps)), 1)
    let size = images.exampleSize
    if let start {
      counts = Self.changed(start, from: images)
      shares = counts.map { Float($0) / Float(size) / 1.5 }
    } else {
      counts = radii.map { _ in size }
      shares = radii.map { _ in 0.2 }
    }
  }

  mutating func moved(_ ascent: Ascent, isFirst: Bool) -> Tensor<Float> {
    var points = ascent.active.points
    let size = points.exampleSize
    ascent.memory.gradient.withUnsafeScalars { gradient in
      points.withUnsafeMutableScalars { points in
        for row in shares.indices {
          let range = row * size..<(row + 1) * size
          step(
            UnsafeMutableBufferPointer(rebasing: points[range]), UnsafeBufferPointer(rebasing: gradient[range]),
            share: shares[row], size: stepSizes[row])
        }
      }
    }
    threat.project(&points, around: ascent.active.task.images, radii: radii)
    return points
  }

  private func step(
    _ point: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>, share: Float, size: Float
  ) {
    guard let least = threshold(gradient, share: share) else { return }
    let moved = gradient.indices.filter { abs(gradient[$0]) >= least && gradient[$0] != 0 }
    guard !moved.isEmpty else { return }
    let part = size / Float(moved.count)
    for index in moved { point[index] += gradient[index] > 0 ? part : -part }
  }

  /// The size that a share of the gradient's coordinates reach, in the arithmetic of the reference implementation.
  private func threshold(_ gradient: UnsafeBufferPointer<Float>, share: Float) -> Float? {
    let count = gradient.count
    guard count > 0 else { return nil }
    let sizes = gradient.map { $0.isNaN ? 0 : abs($0) }.sorted()
    return sizes[Int(min(max((1 - share) * Float(count), 0), Float(count - 1)))]
  }

  mutating func stalled(_ ascent: Ascent) -> [Int] {
    stepsInWindow += 1
    guard stepsInWindow == window else { return [] }
    stepsInWindow = 0
    let images = ascent.active.task.images
    let found = Self.changed(ascent.memory.bestPoints, from: images)
    var restarted: [Int] = []
    for row in found.indices {
      if Float(found[row]) / Float(counts[row]) < 0.95 {
        stepSizes[row] = radii[row]
        restarted.append(row)
      } else {
        stepSizes[row] = max(stepSizes[row] / 1.5, radii[row] / 10)
      }
      shares[row] = Float(found[row]) / Float(images.exampleSize) / 1.5
    }
    counts = found
    return restarted
  }

  mutating func keep(_ open: [Int]) {
    radii = open.map { radii[$0] }
    shares = open.map { shares[$0] }
    counts = open.map { counts[$0] }
    stepSizes = open.map { stepSizes[$0] }
  }

  private static func changed(_ points: Tensor<Float>, from images: Tensor<Float>) -> [Int] {
    Norm.l0.distances(from: images, to: points).map { Int($0) }
  }
}
