internal import CKernels
internal import Networks

/// The products of windows of an image with weights `[position channels, image channels of a group, KH, KW]`, in both
/// directions: windows are gathered as rows and multiplied, or the products of positions are added to their windows.
struct WindowProducts: Sendable {
  let windows: WindowPlaces
  let weight: Tensor<Float>
  let groups: Int
  /// Channels of the positions and of the image in one group.
  let positionChannels: Int
  let imageChannels: Int
  let bases: [Int]
  let places: [Int]
  let runLength: Int
  /// Where runs of scalars begin.
  let runs: [Int]
  /// The channels of a position lie one after the other.
  let channelPlaces: [Int]
  /// Whether products with zero are zero.
  let isFinite: Bool
  let pool: ScratchPool

  /// - Throws: `NetworkError` where the weights or the scratch do not fit into memory.
  init(_ weight: Tensor<Float>, _ windows: WindowPlaces, groups: Int, _ pool: ScratchPool) throws(NetworkError) {
    self.windows = windows
    self.weight = weight
    self.groups = groups
    self.pool = pool
    positionChannels = windows.positions[0] / groups
    imageChannels = windows.image[0] / groups
    let taps = weight.shape[2] * weight.shape[3]
    let (imageChannels, positionChannels) = (imageChannels, positionChannels)
    try Self.checkImage(windows.padded, channels: imageChannels)
    // Plain, absolute and transposed matrices, and one more while they are made.
    try PackedMatrix.check(
      byteCount: groups
        * (2 * PackedMatrix.byteCount(terms: taps * imageChannels, columns: positionChannels)
          + 2 * PackedMatrix.byteCount(terms: positionChannels, columns: taps * imageChannels)))
    bases = windows.bases(channels: imageChannels)
    places = windows.places(channels: imageChannels)
    let (places, length) = (places, windows.runLength(channels: imageChannels))
    runs = stride(from: 0, to: places.count, by: length).map { places[$0] }
    runLength = length
    channelPlaces = Array(0..<positionChannels)
    isFinite = weight.scalars.allSatisfy(\.isFinite)
  }

  /// Throws where one image with its padding, which a file may choose, does not fit into memory.
  private static func checkImage(_ extent: Extent, channels: Int) throws(NetworkError) {
    let count = Shape([extent.height, extent.width, channels, MemoryLayout<Double>.stride]).checkedCount ?? .max
    if count > 64 << 20 { try MemoryLimit.check(count, for: "for a padded image in double precision") }
  }

  /// For each group, what gathered windows are multiplied by: `[KH · KW · C, position channels]`.
  func gatheringMatrices(absolute: Bool = false) -> [PackedMatrix] {
    (0..<groups).map { group in
      PackedMatrix(terms: places.count, columns: positionChannels) { scalar(group, $1, $0, absolute) }
    }
  }

  /// For each group, what positions are multiplied by: `[position channels, KH · KW · C]`.
  func scatteringMatrices(absolute: Bool = false) -> [PackedMatrix] {
    (0..<groups).map { group in
      PackedMatrix(terms: positionChannels, columns: places.count) { scalar(group, $0, $1, absolute) }
    }
  }

  private func scalar(_ group: Int, _ channel: Int, _ place: Int, _ absolute: Bool) -> Double {
    let (tap, imageChannel) = place.quotientAndRemainder(dividingBy: imageChannels)
    let value = scalar(positionChannel: group * positionChannels + channel, imageChannel: imageChannel, tap: tap)
    return absolute ? abs(value) : value
  }

  /// One weight; channels of the image are counted within the group.
  func scalar(positionChannel: Int, imageChannel: Int, tap: Int) -> Double {
    let taps = windows.kernel.height * windows.kernel.width
    return Double(weight.scalars[(positionChannel * imageChannels + imageChannel) * taps + tap])
  }

  /// The scalars of an image of one group.
  var imageCount: Int { windows.padded.height * windows.padded.width * imageChannels }

  /// How many examples' images are held at once: as many as stay near the processor.
  var imagesAtOnce: Int { max(1, min(64, (1 << 15) / imageCount)) }

  /// Moves one group's channels `[C, H, W]` into an image.
  func interleave(_ planes: UnsafePointer<Double>, into image: UnsafeMutablePointer<Double>) {
    let (height, width) = (windows.image[1], windows.image[2])
    for row in 0..<height {
      advlab_transpose(
        planes + row * width, height * width, image + rowStart(row), imageChannels, imageChannels, width)
    }
  }

  /// Moves an image's channels into planes `[C, H, W]`, without the padding.
  func deinterleave(_ image: UnsafePointer<Double>, into planes: UnsafeMutablePointer<Double>) {
    let (height, width) = (windows.image[1], windows.image[2])
    for row in 0..<height {
      advlab_transpose(
        image + rowStart(row), imageChannels, planes + row * width, height * width, width, imageChannels)
    }
  }

  private func rowStart(_ row: Int) -> Int {
    ((row + windows.top) * windows.padded.width + windows.left) * imageChannels
  }
}
