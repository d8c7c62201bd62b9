internal import CTurboJPEG
public import Hyperparameters
public import Networks

/// Images written as JPEG and read again, by libjpeg-turbo.
///
/// Dziugaite, Ghahramani and Roy, *A study of the effect of JPG compression on adversarial images*, arXiv 1608.00853.
/// Pixels are rounded to bytes over the pixel range first. Three channels are colours, compressed as Pillow does by
/// default (chroma at half the resolution); one channel is grey, and any other number of channels are as many grey
/// images. The discrete cosine transform is the accurate integer one, so the bytes are those of `libjpeg` and Pillow.
/// In the backward pass the identity replaces it (Athalye et al., arXiv 1802.00420).
public struct JPEG: BoundedPreprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "jpeg", title: "JPEG",
    summary: "Images written as JPEG and read again.",
    citation: "Dziugaite, Ghahramani and Roy, arXiv 1608.00853")

  /// From 1, the coarsest, to 100.
  public var quality = 75
  /// The range of valid pixels.
  public var bounds: ClosedRange<Float> = 0...1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<JPEG>] = [
    .integer("quality", \.quality, in: 1...100, "From 1, the coarsest, to 100.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a compression.
  public init(quality: Int, bounds: ClosedRange<Float> = 0...1) {
    self.quality = quality
    self.bounds = bounds
  }

  /// The identity.
  public var derivative: DerivativeKind { .surrogate("the identity") }

  /// The images after the round trip.
  ///
  /// - Throws: `DefenceError` with the library's own text where it fails, for images of more than 65500 pixels a side.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    let planes = try Planes(images, for: Self.name)
    let channels = images.shape[1]
    let samples = channels == 3 ? 3 : 1
    let codec = try JPEGCodec(width: planes.width, height: planes.height, samples: samples, quality: quality)
    return try images.mappingExamples { image, result in
      for start in stride(from: 0, to: image.count, by: samples * planes.size) {
        try codec.roundTrip(
          read: { place in
            let (pixel, sample) = place.quotientAndRemainder(dividingBy: samples)
            return byte(image[start + sample * planes.size + pixel])
          },
          write: { place, byte in
            let (pixel, sample) = place.quotientAndRemainder(dividingBy: samples)
            result[start + sample * planes.size + pixel] = pixelValue(byte)
          })
      }
    }
  }

  /// The identity.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) -> Tensor<Float> { cotangent }

  private func byte(_ pixel: Float) -> UInt8 {
    let scaled = (pixel - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound) * 255
    // NaN becomes 0: no valid image holds it, and converting it would trap.
    return scaled > 0 ? UInt8(min(scaled.rounded(.toNearestOrEven), 255)) : 0
  }

  private func pixelValue(_ byte: UInt8) -> Float {
    bounds.lowerBound + Float(byte) / 255 * (bounds.upperBound - bounds.lowerBound)
  }
}

/// Compressor, decompressor and buffers for images of one size.
private final class JPEGCodec {
  private let width: Int32
  private let height: Int32
  private let format: Int32
  private let subsampling: Int32
  private let quality: Int32
  private let compressor: tjhandle
  private let decompressor: tjhandle
  private var pixels: [UInt8]
  private var compressed: [UInt8]

  init(width: Int, height: Int, samples: Int, quality: Int) throws(DefenceError) {
    // The format's own limit; beyond it sizes would not fit the library's integers either.
    guard (1...65500).contains(width), (1...65500).contains(height) else {
      throw .shape(found: [samples, height, width], expected: "images of 1 to 65500 pixels a side", for: JPEG.name)
    }
    (self.width, self.height, self.quality) = (Int32(width), Int32(height), Int32(quality))
    format = Int32(samples == 3 ? TJPF_RGB.rawValue : TJPF_GRAY.rawValue)
    subsampling = Int32(samples == 3 ? TJSAMP_420.rawValue : TJSAMP_GRAY.rawValue)
    guard let compressor = tjInitCompress() else { throw Self.failure(nil) }
    guard let decompressor = tjInitDecompress() else {
      tjDestroy(compressor)
      throw Self.failure(nil)
    }
    (self.compressor, self.decompressor) = (compressor, decompressor)
    pixels = Array(repeating: 0, count: width * height * samples)
    compressed = Array(repeating: 0, count: Int(tjBufSize(Int32(width), Int32(height), subsampling)))
  }

  deinit {
    tjDestroy(compressor)
    tjDestroy(decompressor)
  }

  func roundTrip(read: (Int) -> UInt8, write: (Int, UInt8) -> Void) throws(DefenceError) {
    for i in pixels.indices { pixels[i] = read(i) }
    var length = UInt(compressed.count)
    let flags = Int32(TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC)
    let isWritten = pixels.withUnsafeBufferPointer { pixels in
      compressed.withUnsafeMutableBufferPointer { buffer in
        var place = buffer.baseAddress
        return tjCompress2(
          compressor, pixels.baseAddress, width, 0, height, format, &place, &length, subsampling, quality, flags) == 0
      }
    }
    guard isWritten else { throw Self.failure(compressor) }
    let isRead = pixels.withUnsafeMutableBufferPointer { pixels in
      compressed.withUnsafeBufferPointer { buffer in
        tjDecompress2(
          decompressor, buffer.baseAddress, length, pixels.baseAddress, width, 0, height, format, flags) == 0
      }
    }
    guard isRead else { throw Self.failure(decompressor) }
    for (i, byte) in pixels.enumerated() { write(i, byte) }
  }

  private static func failure(_ handle: tjhandle?) -> DefenceError {
    .library("TurboJPEG", message: tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given")
  }
}
