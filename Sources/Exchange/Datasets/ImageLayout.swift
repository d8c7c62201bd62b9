import Networks

/// The order of the axes in which a file stores images.
public enum ImageLayout: String, Hashable, Sendable, CaseIterable, Codable {
  /// Channels before rows and columns: PyTorch, Caffe.
  case channelsFirst = "NCHW"
  /// Channels after rows and columns: Keras, TensorFlow, image files.
  case channelsLast = "NHWC"
  /// Rows and columns of images with one channel.
  case grayscale = "NHW"
  /// MATLAB's H×W×C×N in a file, where the axes are reversed.
  case channelsFirstTransposed = "NCWH"
  /// MATLAB's C×H×W×N in a file.
  case channelsLastTransposed = "NWHC"
  /// MATLAB's H×W×N in a file.
  case grayscaleTransposed = "NWH"
  /// Every example a row: a square image of one channel or of three (channels first), or else a vector.
  case flat = "ND"

  /// The layout of images or vectors in memory.
  init(of images: Tensor<Float>) { self = images.shape.rank == 2 ? .flat : .channelsFirst }

  /// The number of axes.
  var rank: Int { rawValue.count }

  /// The layout guessed from the extents of a stored array: channels are 1, 3 or 4, and where two axes could be the
  /// channels, images are square.
  ///
  /// Nil where that is ambiguous or impossible. `isMATLAB`: rows and columns change places.
  static func detected(inShape shape: [Int], isMATLAB: Bool) -> ImageLayout? {
    if shape.count == 2 { return .flat }
    if shape.count == 3 { return isMATLAB ? .grayscaleTransposed : .grayscale }
    guard shape.count == 4 else { return nil }
    let channels: Set = [1, 3, 4]
    switch (channels.contains(shape[1]), channels.contains(shape[3])) {
    case (true, false): return isMATLAB ? .channelsFirstTransposed : .channelsFirst
    case (false, true): return isMATLAB ? .channelsLastTransposed : .channelsLast
    case (false, false): return nil
    case (true, true): break
    }
    switch (shape[2] == shape[3], shape[1] == shape[2]) {
    case (true, false): return isMATLAB ? .channelsFirstTransposed : .channelsFirst
    case (false, true): return isMATLAB ? .channelsLastTransposed : .channelsLast
    case (true, true), (false, false): return nil
    }
  }

  /// The shape `[C, H, W]` of one image, or `[D]` of one vector, of a stored array of this layout, whose rank fits.
  func imageShape(ofStored shape: [Int]) -> Shape {
    switch self {
    case .channelsFirst: [shape[1], shape[2], shape[3]]
    case .channelsLast: [shape[3], shape[1], shape[2]]
    case .grayscale: [1, shape[1], shape[2]]
    case .channelsFirstTransposed: [shape[1], shape[3], shape[2]]
    case .channelsLastTransposed: [shape[3], shape[2], shape[1]]
    case .grayscaleTransposed: [1, shape[2], shape[1]]
    case .flat: Self.square(shape[1])
    }
  }

  private static func square(_ count: Int) -> Shape {
    for channels in [1, 3] where count > 0 && count.isMultiple(of: channels) {
      let side = Int(Double(count / channels).squareRoot())
      if side > 1, side.multipliedReportingOverflow(by: side) == (count / channels, false) {
        return [channels, side, side]
      }
    }
    return [count]
  }

  /// Whether a stored image is already in the order `[C, H, W]`.
  func isInOrder(_ imageShape: Shape) -> Bool {
    switch self {
    case .channelsFirst, .grayscale, .flat: true
    case .channelsLast: imageShape[0] == 1
    case .channelsFirstTransposed, .channelsLastTransposed, .grayscaleTransposed: false
    }
  }

  /// The strides of a stored image along C, H and W.
  private func strides(_ image: Shape) -> (channel: Int, row: Int, column: Int) {
    let (channels, height, width) = (image[0], image[1], image[2])
    return switch self {
    case .channelsFirst, .grayscale, .flat: (height * width, width, 1)
    case .channelsLast: (1, width * channels, channels)
    case .channelsFirstTransposed, .grayscaleTransposed: (height * width, 1, height)
    case .channelsLastTransposed: (1, channels, height * channels)
    }
  }

  /// Copies images of shape `[C, H, W]` from this layout to channels first, each value divided by `divisor`.
  func copy(
    _ stored: UnsafeBufferPointer<Float>, to images: UnsafeMutableBufferPointer<Float>, imageShape: Shape,
    dividingBy divisor: Float
  ) {
    guard !isInOrder(imageShape) else {
      for index in images.indices { images[index] = stored[index] / divisor }
      return
    }
    let (channels, height, width) = (imageShape[0], imageShape[1], imageShape[2])
    let strides = strides(imageShape)
    var target = 0
    for start in stride(from: 0, to: images.count, by: channels * height * width) {
      for channel in 0..<channels {
        for row in 0..<height {
          var source = start + channel * strides.channel + row * strides.row
          for _ in 0..<width {
            images[target] = stored[source] / divisor
            target += 1
            source += strides.column
          }
        }
      }
    }
  }
}
