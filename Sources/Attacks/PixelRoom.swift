import Networks

extension PixelBox {
  /// The width of the ranges on average, in which attacks measure steps that are published for pixels of [0, 1].
  var meanWidth: Float { ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } / Float(ranges.count) }

  /// Puts every pixel into the box; a NaN stays.
  func clip(_ points: inout Tensor<Float>) {
    let runs = runs(of: points.shape)
    points.withUnsafeMutableScalars { points in
      for run in runs {
        for index in run.indices {
          let above = points[index] < run.range.lowerBound ? run.range.lowerBound : points[index]
          points[index] = run.range.upperBound < above ? run.range.upperBound : above
        }
      }
    }
  }
}

extension ThreatModel {
  /// The distance from each image to the corner of the box farthest from it: no perturbation is longer.
  func farthestDistances(from images: Tensor<Float>) -> [Float] {
    var corners = images
    let runs = bounds.runs(of: images.shape)
    corners.withUnsafeMutableScalars { pixels in
      for run in runs {
        let (lower, upper) = (run.range.lowerBound, run.range.upperBound)
        for index in run.indices { pixels[index] = pixels[index] - lower > upper - pixels[index] ? lower : upper }
      }
    }
    return norm.distances(from: images, to: corners)
  }
}
