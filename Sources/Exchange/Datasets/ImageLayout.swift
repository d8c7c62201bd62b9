import Networks

/// The order of the axes in which a file stores images.
public enum ImageLayout: String, Hashable, Sendable, CaseIterable {
  /// Channels before rows and columns: PyTorch, Caffe.
  case channelsFirst = "NCHW"
  /// Channels after rows and columns: Keras, TensorFlow, image files.
  case channelsLast = "NHWC"
  /// Rows and columns of images with one channel.
  case grayscale = "NHW"

  /// The number of axes.
  var rank: Int { self == .grayscale ? 3 : 4 }

  /// The layout that the extents of a stored array give away: channels are 1, 3 or 4.
  ///
  /// Nil where that is ambiguous or impossible.
  static func detected(inShape shape: [Int]) -> ImageLayout? {
    if shape.count == 3 { return .grayscale }
    guard shape.count == 4 else { return nil }
    let channels: Set = [1, 3, 4]
    switch (channels.contains(shape[1]), channels.contains(shape[3])) {
    case (true, false): return .channelsFirst
    case (false, true): return .channelsLast
    case (true, true), (false, false): return nil
    }
  }

  /// The shape `[C, H, W]` of one image of a stored array of this layout, whose rank fits.
  func imageShape(ofStored shape: [Int]) -> Shape {
    switch self {
    case .channelsFirst: [shape[1], shape[2], shape[3]]
    case .channelsLast: [shape[3], shape[1], shape[2]]
    case .grayscale: [1, shape[1], shape[2]]
    }
  }

  /// The pixels of images of shape `[C, H, W]` that lie in this layout, brought to channels first.
  func channelsFirst(_ stored: [Float], imageShape: Shape) -> [Float] {
    let (channels, plane) = (imageShape[0], imageShape[1] * imageShape[2])
    guard self == .channelsLast, channels > 1 else { return stored }
    return [Float](unsafeUninitializedCapacity: stored.count) { images, initialized in
      stored.withUnsafeBufferPointer { stored in
        for start in stride(from: 0, to: stored.count, by: channels * plane) {
          for channel in 0..<channels {
            for pixel in 0..<plane {
              images[start + channel * plane + pixel] = stored[start + pixel * channels + channel]
            }
          }
        }
      }
      initialized = stored.count
    }
  }
}
