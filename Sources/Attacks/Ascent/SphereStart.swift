import Networks

extension ThreatModel {
  /// A random point of the sphere around each image, put into the box; where APGD begins.
  ///
  /// In L∞ that is uniform in the cube and scaled until its largest change is the radius; in L2 a normal direction of
  /// that length; in L1 normal numbers times the width of the box, projected onto ball and box.
  ///
  /// - Parameters:
  ///   - task: The images and the randomness.
  ///   - radii: The radius of each.
  ///   - run: The number of the run.
  /// - Returns: The points.
  func sphereStart(_ task: AttackTask, radii: [Float], run: Int) -> Tensor<Float> {
    var points = task.images
    let size = points.exampleSize
    let widths = norm == .l1 ? widths(of: task.images.shape.example) : []
    points.withUnsafeMutableScalars { points in
      for (row, id) in task.ids.enumerated() {
        var stream = task.random.stream(.randomStart, example: id, step: run)
        let changes = (0..<size).map { _ in norm == .linf ? stream.uniform(in: -1...1) : stream.normal() }
        let scale = Double(radii[row]) / length(of: changes)
        for (offset, change) in changes.enumerated() where scale.isFinite {
          let move = norm == .l1 ? Double(widths[offset] * change) : scale * Double(change)
          points[row * size + offset] = Float(Double(points[row * size + offset]) + move)
        }
      }
    }
    project(&points, around: task.images, radii: radii)
    return points
  }

  private func length(of changes: [Float]) -> Double {
    norm == .linf
      ? changes.reduce(0) { max($0, Double(abs($1))) }
      : changes.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// The width of the box for every scalar of an example.
  private func widths(of example: Shape) -> [Float] {
    bounds.runs(of: example.batched(1)).flatMap { run in
      repeatElement(run.range.upperBound - run.range.lowerBound, count: run.indices.count)
    }
  }
}
