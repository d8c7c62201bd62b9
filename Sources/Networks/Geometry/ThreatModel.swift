/// What an attacker may do to an image: move it within a ball around it, and within the box of valid pixels.
///
/// The only place where perturbations are measured, stepped and projected. Distances are in stored pixel units. Every
/// example is treated by itself, so its bits do not depend on its batch.
public struct ThreatModel: Hashable, Codable, Sendable {
  /// How perturbations are measured.
  public let norm: Norm
  /// The largest perturbation, ε: in pixel units, for L0 the number of scalars.
  public let radius: Float
  /// The values a pixel may have.
  public let bounds: PixelBox

  /// Creates a threat model.
  public init(norm: Norm, radius: Float, bounds: PixelBox) {
    self.norm = norm
    self.radius = radius
    self.bounds = bounds
  }

  /// Creates a threat model with one range for all pixels.
  public init(norm: Norm, radius: Float, bounds: ClosedRange<Float> = 0...1) {
    self.init(norm: norm, radius: radius, bounds: PixelBox(bounds))
  }

  /// Checks that radius and bounds are finite and the radius is not negative.
  public func validate() throws(ThreatModelError) {
    guard radius.isFinite, radius >= 0 else { throw .radius(radius) }
    for range in bounds.ranges {
      guard range.lowerBound.isFinite, range.upperBound.isFinite else { throw .bounds(range) }
    }
  }

  /// The same, and that the bounds fit examples of a shape.
  public func validate(for example: Shape) throws(ThreatModelError) {
    try validate()
    guard bounds.fits(example) else { throw .channels(found: bounds.ranges.count, example: example) }
  }

  /// The distance of each example of `points` from the same example of `centers`, accumulated in double precision.
  public func distances(from centers: Tensor<Float>, to points: Tensor<Float>) -> [Float] {
    norm.distances(from: centers, to: points)
  }

  /// Replaces every candidate by the nearest point, in the Euclidean sense, of ball and box together.
  ///
  /// Exact for every norm. A candidate inside keeps its bits; projecting twice is projecting once. Where `|x' − x|` is
  /// recomputed in single precision L∞ distances never exceed the radius; L2 and L1 changes are rounded towards the
  /// centre, so that their exact size never does by more than 1e-12 of it. A NaN stays a NaN.
  ///
  /// - Precondition: the centers lie in the box, which fits them, and both tensors have one shape.
  public func project(_ candidates: inout Tensor<Float>, around centers: Tensor<Float>) {
    if let range = bounds.uniform {
      project(&candidates, around: centers, in: UniformEnds(range: range))
    } else {
      project(&candidates, around: centers, in: ScalarEnds(bounds, of: centers.shape.example))
    }
  }

  /// The same with a radius for each candidate, whatever that of the threat model is.
  ///
  /// - Precondition: the centers lie in the box, which fits them, both tensors have one shape, and there are as many
  ///   radii as candidates.
  public func project(_ candidates: inout Tensor<Float>, around centers: Tensor<Float>, radii: [Float]) {
    precondition(radii.count == centers.exampleCount, "\(radii.count) radii for \(centers.exampleCount) examples")
    if let range = bounds.uniform {
      project(&candidates, around: centers, radii: radii, in: UniformEnds(range: range))
    } else {
      project(&candidates, around: centers, radii: radii, in: ScalarEnds(bounds, of: centers.shape.example))
    }
  }

  /// Moves every point by the steepest step of size `stepSize` along the gradient, and projects.
  ///
  /// | norm | step |
  /// |---|---|
  /// | L∞ | the sign of the gradient, 0 for 0 |
  /// | L2 | the gradient over its length |
  /// | L1 | the coordinate with the largest gradient, up to the box; the rest on the next |
  /// | L0 | `stepSize` coordinates with the largest gain, to the end of the box |
  public func ascend(
    _ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSize: Float, around centers: Tensor<Float>
  ) {
    precondition(points.shape == gradient.shape && points.shape == centers.shape, "tensors of different shapes")
    guard let range = bounds.uniform else {
      let box = ScalarEnds(bounds, of: centers.shape.example)
      return ascend(&points, along: gradient, stepSize: stepSize, around: centers, in: box)
    }
    let box = UniformEnds(range: range)
    guard norm == .linf else { return ascend(&points, along: gradient, stepSize: stepSize, around: centers, in: box) }
    points.withUnsafeMutableScalars { points in
      gradient.withUnsafeScalars { gradient in
        centers.withUnsafeScalars { centers in
          LinfBall.ascendAndProject(
            points, along: gradient, stepSize: stepSize, around: centers, radius: radius, in: box)
        }
      }
    }
  }

  /// Moves every point by a steepest step of its own size, which may leave ball and box; see `ascend`.
  public func step(_ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSizes: [Float]) {
    precondition(points.shape == gradient.shape, "tensors of shapes \(points.shape) and \(gradient.shape)")
    precondition(stepSizes.count == points.exampleCount, "\(stepSizes.count) sizes for \(points.exampleCount) points")
    if let range = bounds.uniform {
      step(&points, along: gradient, stepSizes: stepSizes, in: UniformEnds(range: range))
    } else {
      step(&points, along: gradient, stepSizes: stepSizes, in: ScalarEnds(bounds, of: points.shape.example))
    }
  }

  /// A random point for each center: uniform in the ball, then projected onto the box.
  ///
  /// For L0 a random set of as many scalars as the radius allows takes values uniform in the box.
  ///
  /// - Parameters:
  ///   - centers: The images.
  ///   - ids: The index of each image in its dataset; its random numbers depend on it and not on the batch.
  ///   - restart: The number of the restart, or of the draw.
  ///   - source: The randomness of the run.
  ///   - purpose: What the points are for.
  /// - Returns: The points.
  public func randomStart(
    around centers: Tensor<Float>, ids: [Int], restart: Int, source: RandomSource, purpose: Purpose = .randomStart
  ) -> Tensor<Float> {
    precondition(ids.count == centers.exampleCount, "\(ids.count) ids for \(centers.exampleCount) examples")
    var points = centers
    let box = ScalarEnds(bounds, of: centers.shape.example)
    forEachExample(&points, centers) { row, point, _ in
      var stream = source.stream(purpose, example: ids[row], step: restart)
      sample(point, in: box, &stream)
    }
    project(&points, around: centers)
    return points
  }
}

extension ThreatModel {
  private typealias Point = UnsafeMutableBufferPointer<Float>

  private func sample(_ point: Point, in box: ScalarEnds, _ stream: inout RandomStream) {
    switch norm {
    case .linf: LinfBall.sample(point, radius: radius, in: box, stream: &stream)
    case .l2: L2Ball.sample(point, radius: radius, in: box, stream: &stream)
    case .l1: L1Ball.sample(point, radius: radius, in: box, stream: &stream)
    case .l0: L0Ball.sample(point, radius: radius, in: box, stream: &stream)
    }
  }

  /// Without radii that of the threat model is meant.
  private func project(
    _ points: inout Tensor<Float>, around centers: Tensor<Float>, radii: [Float]? = nil, in box: some PixelEnds
  ) {
    switch norm {
    case .linf: project(LinfBall.self, &points, around: centers, radii: radii, in: box)
    case .l2: project(L2Ball.self, &points, around: centers, radii: radii, in: box)
    case .l1: project(L1Ball.self, &points, around: centers, radii: radii, in: box)
    case .l0: project(L0Ball.self, &points, around: centers, radii: radii, in: box)
    }
  }

  private func project<B: Ball>(
    _ ball: B.Type, _ points: inout Tensor<Float>, around centers: Tensor<Float>, radii: [Float]?,
    in box: some PixelEnds
  ) {
    forEachExample(&points, centers) { row, point, center in
      B.project(point, around: center, radius: radii?[row] ?? radius, in: box)
    }
  }

  private func step(
    _ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSizes: [Float], in box: some PixelEnds
  ) {
    switch norm {
    case .linf: step(LinfBall.self, &points, along: gradient, stepSizes: stepSizes, in: box)
    case .l2: step(L2Ball.self, &points, along: gradient, stepSizes: stepSizes, in: box)
    case .l1: step(L1Ball.self, &points, along: gradient, stepSizes: stepSizes, in: box)
    case .l0: step(L0Ball.self, &points, along: gradient, stepSizes: stepSizes, in: box)
    }
  }

  private func step<B: Ball>(
    _ ball: B.Type, _ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSizes: [Float],
    in box: some PixelEnds
  ) {
    forEachExample(&points, gradient) { row, point, gradient in
      B.ascend(point, along: gradient, stepSize: stepSizes[row], in: box)
    }
  }

  private func ascend(
    _ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSize: Float, around centers: Tensor<Float>,
    in box: some PixelEnds
  ) {
    switch norm {
    case .linf: ascend(LinfBall.self, &points, along: gradient, stepSize: stepSize, around: centers, in: box)
    case .l2: ascend(L2Ball.self, &points, along: gradient, stepSize: stepSize, around: centers, in: box)
    case .l1: ascend(L1Ball.self, &points, along: gradient, stepSize: stepSize, around: centers, in: box)
    case .l0: ascend(L0Ball.self, &points, along: gradient, stepSize: stepSize, around: centers, in: box)
    }
  }

  private func ascend<B: Ball>(
    _ ball: B.Type, _ points: inout Tensor<Float>, along gradient: Tensor<Float>, stepSize: Float,
    around centers: Tensor<Float>, in box: some PixelEnds
  ) {
    gradient.withUnsafeScalars { gradient in
      forEachExample(&points, centers) { row, point, center in
        let range = row * point.count..<(row + 1) * point.count
        B.ascend(
          point, along: UnsafeBufferPointer(rebasing: gradient[range]), stepSize: stepSize, in: box)
        B.project(point, around: center, radius: radius, in: box)
      }
    }
  }

  private func forEachExample(
    _ points: inout Tensor<Float>, _ centers: Tensor<Float>,
    _ body: (Int, Point, UnsafeBufferPointer<Float>) -> Void
  ) {
    precondition(points.shape == centers.shape, "tensors of shapes \(points.shape) and \(centers.shape)")
    let size = points.exampleSize
    points.withUnsafeMutableScalars { points in
      centers.withUnsafeScalars { centers in
        for row in 0..<points.count / max(size, 1) {
          let range = row * size..<(row + 1) * size
          body(
            row, UnsafeMutableBufferPointer(rebasing: points[range]), UnsafeBufferPointer(rebasing: centers[range]))
        }
      }
    }
  }
}

/// An invalid threat model.
public enum ThreatModelError: Error, Equatable, CustomStringConvertible {
  /// A radius that is negative or not finite.
  case radius(Float)
  /// Bounds that are not finite.
  case bounds(ClosedRange<Float>)
  /// More or fewer bounds than the examples have channels.
  case channels(found: Int, example: Shape)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .radius(let radius): "expected a finite radius of at least 0, found \(radius)"
    case .bounds(let bounds): "expected finite pixel bounds, found \(bounds)"
    case .channels(let found, let example): "expected \(PixelBox.expectation(for: example)), found \(found)"
    }
  }
}
