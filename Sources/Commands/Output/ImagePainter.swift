internal import Exchange
internal import Networks
internal import Reports

/// Makes pictures of images `[1, C, H, W]` of one shape, of changes and of gradients.
struct ImagePainter {
  private let shape: Shape
  private let pixels: PixelBox

  /// `nil` where images of this shape are neither grey nor coloured.
  init?(_ shape: Shape, pixels: PixelBox) {
    guard shape.rank == 3, shape[0] == 1 || shape[0] == 3 else { return nil }
    (self.shape, self.pixels) = (shape, pixels)
  }

  /// An image; none where it could not be encoded.
  func image(_ title: String, _ image: Tensor<Float>) -> [Gallery.Picture] { picture(title, shares(image)) }

  /// What became of an image, and the change, so much amplified that the largest one is black or white; nothing where none
  /// of its pixels has changed.
  func changed(_ other: Tensor<Float>, from image: Tensor<Float>, title: String) -> [Gallery.Picture] {
    let (before, after) = (shares(image), shares(other))
    let changes = zip(before, after).map { $1 - $0 }
    let largest = changes.map(abs).max() ?? 0
    guard largest > 0 else { return [] }
    let factor = 0.5 / largest
    return picture(title, after)
      + picture(
        "change × \(NumberFormat.significant(Double(factor), digits: 2))", changes.map { 0.5 + factor * $0 })
  }

  /// A change of any image, so much amplified that the largest number is black or white; nothing where all are 0.
  func change(_ numbers: Tensor<Float>) -> [Gallery.Picture] {
    let largest = numbers.scalars.map(abs).max() ?? 0
    guard largest > 0, largest.isFinite else { return [] }
    return picture(
      "change, up to \(NumberFormat.significant(Double(largest)))", numbers.scalars.map { 0.5 + 0.5 * $0 / largest })
  }

  /// The magnitude of numbers that belong to the pixels, such as a gradient: the largest one is white.
  func magnitude(_ title: String, _ numbers: Tensor<Float>) -> [Gallery.Picture] {
    let area = shape[1] * shape[2]
    let scalars = numbers.scalars
    let largest = (0..<area).map { place in (0..<shape[0]).map { abs(scalars[$0 * area + place]) }.max() ?? 0 }
    guard let most = largest.max(), most > 0 else { return [] }
    return picture(title, largest.map { $0 / most }, channels: 1)
  }

  /// The pixels as shares of their range.
  private func shares(_ image: Tensor<Float>) -> [Float] {
    let (scalars, area) = (image.scalars, shape[1] * shape[2])
    return scalars.indices.map { place in
      let range = pixels.ranges[pixels.uniform == nil ? place / area : 0]
      return (scalars[place] - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
  }

  /// A row-major image whose pixels are shares of their range.
  private func picture(_ title: String, _ shares: [Float], channels: Int? = nil) -> [Gallery.Picture] {
    let (channels, height, width) = (channels ?? shape[0], shape[1], shape[2])
    let area = height * width
    let samples = (0..<area * channels).map { place -> UInt8 in
      let share = shares[place % channels * area + place / channels]
      return share.isFinite ? UInt8((min(max(share, 0), 1) * 255).rounded()) : 0
    }
    return Gallery.Picture.encoding(title, samples, width: width, height: height).map { [$0] } ?? []
  }
}

extension Gallery.Picture {
  /// A picture with its file; nil where it could not be encoded.
  static func encoding(_ title: String, _ samples: [UInt8], width: Int, height: Int) -> Gallery.Picture? {
    PNGEncoder.bytes(of: samples, width: width, height: height, channels: samples.count / max(width * height, 1)).map {
      Gallery.Picture(title, samples, width: width, height: height, png: $0)
    }
  }
}
