internal import Networks

/// Where the windows of a convolution lie in its image. The channels of a group lie side by side there, one pixel after
/// the other, with the padding around them, so that a window's scalars are at the same places after its base whatever
/// its position.
///
/// A convolution's image is its input, a transposed one's is its output; the positions are the other side.
struct WindowPlaces {
  let image: Shape
  let positions: Shape
  let kernel: Extent
  let stride: Extent
  let dilation: Extent
  let top: Int
  let left: Int
  /// The rows and columns of the image and of the padding that windows reach.
  let padded: Extent

  init(_ payload: Convolution, image: Shape, positions: Shape) {
    self.init(
      image: image, positions: positions, kernel: payload.kernel, stride: payload.stride, dilation: payload.dilation,
      padding: payload.padding)
  }

  init(_ payload: TransposedConvolution, image: Shape, positions: Shape) {
    self.init(
      image: image, positions: positions, kernel: payload.kernel, stride: payload.stride, dilation: payload.dilation,
      padding: payload.padding)
  }

  private init(image: Shape, positions: Shape, kernel: Extent, stride: Extent, dilation: Extent, padding: Edges) {
    (self.image, self.positions) = (image, positions)
    (self.kernel, self.stride, self.dilation) = (kernel, stride, dilation)
    (top, left) = (padding.top, padding.left)
    padded = Extent(
      max((positions[1] - 1) * stride.height + (kernel.height - 1) * dilation.height + 1, padding.top + image[1]),
      max((positions[2] - 1) * stride.width + (kernel.width - 1) * dilation.width + 1, padding.left + image[2]))
  }

  /// The number of positions.
  var area: Int { positions[1] * positions[2] }

  /// The base of each position's window in an image of so many channels.
  func bases(channels: Int) -> [Int] {
    (0..<area).map { position in
      let (y, x) = position.quotientAndRemainder(dividingBy: positions[2])
      return (y * stride.height * padded.width + x * stride.width) * channels
    }
  }

  /// The places of a window's scalars `[KH, KW, C]` after its base.
  func places(channels: Int) -> [Int] {
    (0..<kernel.height * kernel.width).flatMap { tap in
      let (k, l) = tap.quotientAndRemainder(dividingBy: kernel.width)
      let start = (k * dilation.height * padded.width + l * dilation.width) * channels
      return start..<start + channels
    }
  }

  /// How many of a window's scalars lie one after the other: a row of them, or the channels of one where the window has
  /// gaps.
  func runLength(channels: Int) -> Int { dilation.width == 1 ? kernel.width * channels : channels }

  /// The pixel at a window's tap; nil where that is padding.
  func pixel(at position: Int, tap: Int) -> Int? {
    let (y, x) = position.quotientAndRemainder(dividingBy: positions[2])
    let (k, l) = tap.quotientAndRemainder(dividingBy: kernel.width)
    let row = y * stride.height + k * dilation.height - top
    let column = x * stride.width + l * dilation.width - left
    guard (0..<image[1]).contains(row), (0..<image[2]).contains(column) else { return nil }
    return row * image[2] + column
  }

  /// The position whose window has a pixel at its tap; nil where there is none.
  func position(of pixel: Int, tap: Int) -> Int? {
    let (row, column) = pixel.quotientAndRemainder(dividingBy: image[2])
    let (k, l) = tap.quotientAndRemainder(dividingBy: kernel.width)
    let (down, across) = (row + top - k * dilation.height, column + left - l * dilation.width)
    guard down >= 0, across >= 0, down % stride.height == 0, across % stride.width == 0 else { return nil }
    let (y, x) = (down / stride.height, across / stride.width)
    return y < positions[1] && x < positions[2] ? y * positions[2] + x : nil
  }
}
