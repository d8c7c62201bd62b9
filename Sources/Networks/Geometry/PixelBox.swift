/// The box of valid pixels: one range for all of them, or one for each channel, which is the first axis of an example.
///
/// The ranges are in stored units. Images that are stored normalised by mean and deviation of each channel have several.
public struct PixelBox: Hashable, Sendable {
  /// The range of all pixels, or those of the channels in turn where they are not all the same.
  public let ranges: [ClosedRange<Float>]

  /// One range for all pixels.
  public init(_ range: ClosedRange<Float>) { ranges = [range] }

  /// A range for each channel; equal ones are one for all. Nil without any.
  public init?(channels: [ClosedRange<Float>]) {
    guard let first = channels.first else { return nil }
    ranges = channels.allSatisfy { $0 == first } ? [first] : channels
  }

  /// The lower and the upper end of each range in turn. Nil where they do not form ranges with a lower end below the
  /// upper one.
  public init?(ends: [Float]) {
    let pairs = stride(from: 0, to: ends.count, by: 2).map { ends[$0..<min($0 + 2, ends.count)] }
    let ranges = pairs.compactMap { pair -> ClosedRange<Float>? in
      guard pair.count == 2, let lower = pair.first, let upper = pair.last, lower < upper else { return nil }
      return lower...upper
    }
    guard ranges.count == pairs.count else { return nil }
    self.init(channels: ranges)
  }

  /// The one range of all pixels; nil where channels have their own.
  public var uniform: ClosedRange<Float>? { ranges.count == 1 ? ranges[0] : nil }

  /// The lower and the upper end of each range in turn.
  public var ends: [Float] { ranges.flatMap { [$0.lowerBound, $0.upperBound] } }

  /// The shape of `ends` in a file: `[2]` for one range, `[C, 2]` for those of channels.
  public var endsShape: [Int] { uniform == nil ? [ranges.count, 2] : [2] }

  /// Whether examples of this shape have as many channels as there are ranges.
  public func fits(_ example: Shape) -> Bool { uniform != nil || example.extents.first == ranges.count }

  /// What would fit examples of a shape, for messages.
  public static func expectation(for example: Shape) -> String {
    let channels = example.rank > 1 ? example[0] : 1
    return "one pixel range" + (channels > 1 ? ", or \(channels) for the channels of \(example)" : "")
  }

  /// Every range extended at both ends by a share of its width.
  public func widened(by share: Float) -> PixelBox {
    let grown = ranges.map { range in
      let more = (range.upperBound - range.lowerBound) * share
      return range.lowerBound - more...range.upperBound + more
    }
    return PixelBox(channels: grown) ?? self
  }

  /// The scalars of a batch in runs that have one range each.
  ///
  /// - Precondition: the ranges fit its examples.
  public func runs(of batch: Shape) -> [(indices: Range<Int>, range: ClosedRange<Float>)] {
    if let uniform { return [(0..<batch.count, uniform)] }
    precondition(fits(batch.example), "\(ranges.count) ranges for examples of \(batch.example)")
    let area = batch.example.count / ranges.count
    return (0..<batch[0] * ranges.count).map { ($0 * area..<($0 + 1) * area, ranges[$0 % ranges.count]) }
  }

  /// The width of the widest range.
  public var widest: Double { ranges.reduce(0) { max($0, Double($1.upperBound) - Double($1.lowerBound)) } }

  /// The distance between opposite corners, for examples of a shape: no two valid ones are farther from one another.
  ///
  /// - Precondition: the ranges fit the shape.
  public func diameter(_ norm: Norm, of example: Shape) -> Float {
    let shape = example.batched(1)
    let ends = ScalarEnds(self, of: example)
    return norm.distances(
      from: Tensor(shape: shape, scalars: ends.lowers), to: Tensor(shape: shape, scalars: ends.uppers))[0]
  }

  /// The first pixel that lies outside its range or is NaN, and the range.
  public func firstOutside(_ images: Tensor<Float>) -> (index: Int, range: ClosedRange<Float>)? {
    images.withUnsafeScalars { pixels in
      for run in runs(of: images.shape) {
        for index in run.indices where !run.range.contains(pixels[index]) { return (index, run.range) }
      }
      return nil
    }
  }

  /// Whether no pixel lies outside.
  public func contains(_ images: Tensor<Float>) -> Bool { firstOutside(images) == nil }

  /// The pixels rounded to the nearest of the steps that a number of bits allows: those of 8 bits are the 256 values that
  /// an image file holds. A NaN stays a NaN.
  public func rounding(_ images: Tensor<Float>, bits: Int) -> Tensor<Float> {
    var rounded = images
    let steps = Float(1 << bits) - 1
    rounded.withUnsafeMutableScalars { pixels in
      for run in runs(of: images.shape) {
        let (lower, width) = (run.range.lowerBound, run.range.upperBound - run.range.lowerBound)
        for index in run.indices {
          let step = ((pixels[index] - lower) / width * steps).rounded()
          pixels[index] = clamp(lower + step / steps * width, lower, run.range.upperBound)
        }
      }
    }
    return rounded
  }

  /// Whether all pixels have this range.
  public static func == (box: PixelBox, range: ClosedRange<Float>) -> Bool { box.uniform == range }
}

extension PixelBox: CustomStringConvertible {
  /// `0.0...1.0`; several with commas.
  public var description: String { ranges.map { "\($0)" }.joined(separator: ", ") }
}

extension PixelBox: Codable {
  /// Decodes what `encode` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let range = try? container.decode(ClosedRange<Float>.self) {
      self.init(range)
    } else if let box = PixelBox(channels: try container.decode([ClosedRange<Float>].self)) {
      self = box
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a pixel range, found none")
    }
  }

  /// Encodes `[low, high]` for one range, an array of such pairs for several.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let uniform { try container.encode(uniform) } else { try container.encode(ranges) }
  }
}
