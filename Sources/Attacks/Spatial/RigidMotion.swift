import Glibc
package import Networks

/// A rotation of an image about its centre, and a shift: each pixel takes the bilinear value of the place
///
///     c + R(p − c) + t,  R = [cos φ, −sin φ; sin φ, cos φ]
///
/// as Foolbox and the paper's code place it, here in pixels: theirs count from −1 to 1, so that a shift of n of their
/// pixels is one of n (W − 1)/W, and an image that is not square is sheared.
package struct RigidMotion: Equatable {
  /// φ in degrees.
  package var rotation: Double
  /// t in pixels, along the rows.
  package var right: Double
  /// The same along the columns.
  package var down: Double

  /// A motion; none unless something is given.
  package init(rotation: Double = 0, right: Double = 0, down: Double = 0) {
    (self.rotation, self.right, self.down) = (rotation, right, down)
  }

  /// Calls `body` with each pixel of a plane, the place that it shows, and its offset from the centre.
  private func forEachPixel(
    _ height: Int, _ width: Int,
    _ body: (_ index: Int, _ place: (y: Double, x: Double), _ turned: (y: Double, x: Double)) -> Void
  ) {
    let (cosine, sine) = (cos(rotation * .pi / 180), sin(rotation * .pi / 180))
    let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
    for y in 0..<height {
      for x in 0..<width {
        let (offsetY, offsetX) = (Double(y) - middleY, Double(x) - middleX)
        let turned = (y: sine * offsetX + cosine * offsetY, x: cosine * offsetX - sine * offsetY)
        body(y * width + x, (turned.y + middleY + down, turned.x + middleX + right), turned)
      }
    }
  }

  /// A plane moved.
  func apply(_ plane: BilinearPlane, to result: UnsafeMutableBufferPointer<Float>) {
    forEachPixel(plane.height, plane.width) { index, place, _ in result[index] = plane.value(y: place.y, x: place.x) }
  }

  /// The derivatives of the moved plane's product with a gradient, by rotation (per degree) and shift (per pixel).
  func slopes(of plane: BilinearPlane, gradient: UnsafeBufferPointer<Float>) -> SIMD3<Double> {
    var sum = SIMD3<Double>.zero
    forEachPixel(plane.height, plane.width) { index, place, turned in
      let slope = plane.slope(y: place.y, x: place.x)
      let weight = Double(gradient[index])
      // ∂(turned)/∂φ is turned by a right angle: (x, y) becomes (−y, x).
      let turning = (slope.y * turned.x - slope.x * turned.y) * .pi / 180
      sum += weight * SIMD3(turning, slope.x, slope.y)
    }
    return sum
  }
}

extension PixelBox {
  /// The range of a channel's pixels.
  func range(ofChannel channel: Int) -> ClosedRange<Float> { uniform ?? ranges[channel] }
}

extension Tensor<Float> {
  /// Images each moved by its own motion; what comes in from beyond the border has the lowest value of its channel.
  ///
  /// - Precondition: these are images with channels, rows and columns, and the box fits them.
  package func moved(by motions: [RigidMotion], in box: PixelBox) -> Tensor {
    var result = self
    result.withUnsafeMutableScalars { result in
      forEachPlane(in: box) { row, channel, plane, range in
        let moved = UnsafeMutableBufferPointer(rebasing: result[range])
        motions[row].apply(plane, to: moved)
        let ends = box.range(ofChannel: channel)
        // A mean of pixels may leave the box by rounding.
        for index in moved.indices { moved[index] = min(max(moved[index], ends.lowerBound), ends.upperBound) }
      }
    }
    return result
  }

  /// For each image the derivatives of what a loss of the moved image is, by its motion; `gradient` is that by the
  /// moved pixels. See `RigidMotion.slopes`.
  package func slopes(of motions: [RigidMotion], gradient: Tensor, in box: PixelBox) -> [SIMD3<Double>] {
    var slopes = [SIMD3<Double>](repeating: .zero, count: motions.count)
    gradient.withUnsafeScalars { gradient in
      forEachPlane(in: box) { row, _, plane, range in
        slopes[row] += motions[row].slopes(of: plane, gradient: UnsafeBufferPointer(rebasing: gradient[range]))
      }
    }
    return slopes
  }

  private func forEachPlane(
    in box: PixelBox, _ body: (_ row: Int, _ channel: Int, _ plane: BilinearPlane, _ range: Range<Int>) -> Void
  ) {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let area = height * width
    withUnsafeScalars { scalars in
      for index in 0..<shape[0] * channels {
        let (row, channel) = index.quotientAndRemainder(dividingBy: channels)
        let range = index * area..<(index + 1) * area
        let plane = BilinearPlane(
          pixels: UnsafeBufferPointer(rebasing: scalars[range]), height: height, width: width,
          empty: box.range(ofChannel: channel).lowerBound)
        body(row, channel, plane, range)
      }
    }
  }
}
