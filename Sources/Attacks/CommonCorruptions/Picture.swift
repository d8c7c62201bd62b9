import Networks

/// One image in units of its box: 0 is the least value that a pixel may have, 1 the largest.
public struct Picture: Hashable, Sendable {
  /// How many channels, rows and columns images have.
  public struct Size: Hashable, Sendable {
    /// The number of channels.
    public let channels: Int
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int

    /// Creates a size.
    public init(channels: Int, height: Int, width: Int) {
      (self.channels, self.height, self.width) = (channels, height, width)
    }

    /// The pixels of one channel.
    public var area: Int { height * width }
  }

  /// How many channels, rows and columns it has.
  public let size: Size
  /// The values, channel by channel and row by row.
  public var values: [Float]

  /// Creates a picture of one value.
  public init(size: Size, repeating value: Float = 0) {
    self.size = size
    values = Array(repeating: value, count: size.channels * size.area)
  }

  /// A value. What lies beyond the border is no place.
  subscript(channel: Int, y: Int, x: Int) -> Float {
    get { values[(channel * size.height + y) * size.width + x] }
    set { values[(channel * size.height + y) * size.width + x] = newValue }
  }

  /// Every value changed by itself.
  mutating func map(_ change: (Float) -> Float) {
    for index in values.indices { values[index] = change(values[index]) }
  }

  /// Another picture's values added, one channel for all or each to its own.
  mutating func add(_ other: Picture, times factor: Float = 1) {
    let area = size.area
    for index in values.indices {
      values[index] += factor * other.values[other.size.channels == 1 ? index % area : index]
    }
  }

  /// Values moved to the nearest ones from 0 to 1; NaN becomes 0.
  mutating func clip() {
    map { $0 >= 0 ? min($0, 1) : 0 }
  }

  /// The gray that a viewer would see: of three channels Rec. 601's, else the mean of all.
  var gray: Picture {
    let weights: [Float] =
      size.channels == 3
      ? [0.299, 0.587, 0.114] : Array(repeating: 1 / Float(size.channels), count: size.channels)
    var gray = Picture(size: Size(channels: 1, height: size.height, width: size.width))
    for (channel, weight) in weights.enumerated() {
      for pixel in 0..<size.area { gray.values[pixel] += weight * values[channel * size.area + pixel] }
    }
    return gray
  }

  /// Every channel through a linear map of rows and columns.
  mutating func apply(_ map: SeparableMap) {
    values.withUnsafeMutableBufferPointer { map.apply($0) }
  }

  /// Every pixel takes the bilinear value of a place of the same channel, given as (y, x); beyond the border is 0.
  mutating func resample(_ place: (_ y: Int, _ x: Int) -> (y: Double, x: Double)) {
    let places = (0..<size.area).map { place($0 / size.width, $0 % size.width) }
    let before = values
    for channel in 0..<size.channels {
      before.withUnsafeBufferPointer { before in
        let range = channel * size.area..<(channel + 1) * size.area
        let plane = BilinearPlane(
          pixels: UnsafeBufferPointer(rebasing: before[range]), height: size.height, width: size.width, empty: 0)
        for (pixel, place) in places.enumerated() {
          values[range.lowerBound + pixel] = plane.value(y: place.y, x: place.x)
        }
      }
    }
  }
}

extension Picture {
  /// An example of a tensor of images.
  init(_ images: Tensor<Float>, row: Int, size: Size, bounds: PixelBox) {
    self.init(size: size)
    images.withUnsafeScalars { scalars in
      for index in values.indices {
        let range = bounds.range(ofChannel: index / size.area)
        values[index] = (scalars[row * values.count + index] - range.lowerBound) / (range.upperBound - range.lowerBound)
      }
    }
  }

  /// The values in the units of a box, in which they lie.
  func pixels(in bounds: PixelBox) -> [Float] {
    values.indices.map { index in
      let range = bounds.range(ofChannel: index / size.area)
      let pixel = range.lowerBound + values[index] * (range.upperBound - range.lowerBound)
      return pixel >= range.lowerBound ? min(pixel, range.upperBound) : range.lowerBound
    }
  }
}
