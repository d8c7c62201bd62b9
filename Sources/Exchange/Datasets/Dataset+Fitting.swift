public import Networks

extension Dataset {
  /// Gives the examples the shape that a network takes.
  ///
  /// Images become vectors channels first, or channels last where the network comes from a tool with that order. What a
  /// file stores as rows keeps the order of the file. Vectors become images of one channel, row by row.
  ///
  /// - Parameters:
  ///   - shape: The shape of one example.
  ///   - order: The order in which the network's own tool flattens an image.
  /// - Returns: The same examples, with `fit` saying how they were taken; nil where they do not have the shape.
  public func fitted(to shape: Shape, flattening order: AxisOrder) -> Dataset? {
    guard self.imageShape != shape else { return self }
    guard self.imageShape.count == shape.count else { return nil }
    switch (self.imageShape.rank, shape.rank) {
    case (_, 1) where self.areRows: return reshaped(shape, "rows of \(shape[0]) numbers as they are stored")
    case (3, 1): return flattened(order)
    case (1, 3) where shape[0] == 1:
      return reshaped(shape, "vectors of \(self.imageShape[0]) as images \(shape), row by row")
    case (3, 3) where self.areRows && shape[0] == 1: return reshaped(shape, "rows of \(shape.count) as images \(shape)")
    default: return nil
    }
  }

  private func reshaped(_ shape: Shape, _ fit: String) -> Dataset {
    var result = Dataset(self, images: Tensor(shape: shape.batched(self.count), scalars: images.scalars))
    result.fit = fit
    return result
  }

  private func flattened(_ order: AxisOrder) -> Dataset {
    let (shape, size) = (self.imageShape, images.exampleSize)
    let title = "images \(shape) flattened to vectors of \(size)"
    guard shape[0] > 1 else { return reshaped([size], "\(title), row by row") }
    switch order {
    case .channelsFirst: return reshaped([size], "\(title), channels first (C, H, W)")
    case .channelsLast:
      var result = Dataset(self, images: channelsLast(shape))
      result.fit = "\(title), channels last (H, W, C), as Keras does"
      return result
    }
  }

  /// The images as vectors, channels last.
  private func channelsLast(_ shape: Shape) -> Tensor<Float> {
    let (channels, area) = (shape[0], shape[1] * shape[2])
    var result = Tensor<Float>(shape: [self.count, channels * area])
    images.withUnsafeScalars { images in
      result.withUnsafeMutableScalars { vectors in
        for start in stride(from: 0, to: images.count, by: channels * area) {
          for channel in 0..<channels {
            for pixel in 0..<area {
              vectors[start + pixel * channels + channel] = images[start + channel * area + pixel]
            }
          }
        }
      }
    }
    return result
  }

  /// The same examples with pixels from 0 to 255 as the file stores them; nil unless they were divided by 255.
  func inBytes() -> Dataset? {
    guard self.pixelDivisor == 255 else { return nil }
    // Of a whole number up to 255 division and multiplication leave less than a millionth: rounding gives it back.
    let bytes = images.scalars.map { ($0 * 255).rounded() }
    var result = Dataset(self, images: Tensor(shape: images.shape, scalars: bytes))
    result.pixelRange = PixelBox(0...255)
    result.pixelDivisor = 1
    result.detection = self.detection.replacing(
      PixelScale.division(by: 255), with: PixelScale.asGiven(result.pixelRange))
    return result
  }
}
