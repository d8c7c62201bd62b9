import Networks

/// Changes of a few pixels as numbers from 0 to 1: for each its row, its column and its value in every channel.
struct PixelCode {
  /// The number of pixels.
  let pixels: Int
  private let channels: Int
  private let height: Int
  private let width: Int
  private let ranges: [ClosedRange<Float>]

  /// - Parameters:
  ///   - example: The shape of an image; other shapes count as one row of one channel.
  ///   - bounds: The values a pixel may have.
  ///   - limit: How many scalars may change.
  ///   - pixels: How many pixels are asked for; as many as the limit allows unless given.
  init(of example: Shape, bounds: PixelBox, limit: Float, pixels: Int?) {
    (channels, height, width) =
      example.rank == 3 ? (example[0], example[1], example[2]) : (1, 1, example.count)
    let allowed = Int(min(max(0, limit), 1e9)) / max(channels, 1)
    self.pixels = min(pixels ?? .max, allowed, height * width)
    ranges = bounds.runs(of: example.batched(1)).flatMap { repeatElement($0.range, count: $0.indices.count) }
  }

  /// The numbers of one change.
  var length: Int { pixels * (2 + channels) }

  /// Changes the pixels of an image.
  func apply(_ numbers: ArraySlice<Float>, to image: UnsafeMutableBufferPointer<Float>) {
    var numbers = numbers.makeIterator()
    for _ in 0..<pixels {
      let row = place(numbers.next(), of: height)
      let column = place(numbers.next(), of: width)
      for channel in 0..<channels {
        let scalar = (channel * height + row) * width + column
        let range = ranges[scalar]
        let value = range.lowerBound + (numbers.next() ?? 0) * (range.upperBound - range.lowerBound)
        image[scalar] = min(max(value, range.lowerBound), range.upperBound)
      }
    }
  }

  private func place(_ number: Float?, of count: Int) -> Int { min(Int((number ?? 0) * Float(count)), count - 1) }
}
