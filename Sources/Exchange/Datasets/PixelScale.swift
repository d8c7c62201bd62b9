import HDF5
import Networks

/// What the numbers of stored pixels mean.
///
/// Whole-number types are 8-bit images, or use the range of a narrow type, and become [0, 1]. Floating-point pixels are
/// never rescaled: a perturbation is measured in the units in which it was stored.
struct PixelScale {
  /// The range of valid pixels once read.
  let range: PixelBox
  /// What stored numbers are divided by.
  let divisor: Float
  /// How they were interpreted, for the user.
  let detection: String

  /// As the selection says, else as the file states, else as the pixels suggest.
  init(of array: StoredArray, _ selection: DatasetSelection) throws {
    if let range = selection.pixelRange {
      self.init(given: range)
    } else if let stated = array.statedRange {
      guard let range = stated.box else {
        throw array.place.error(
          expected: "an attribute pixel_range of \(StatedBox.expected)", found: "\(stated.found)")
      }
      self.init(range: range, divisor: 1, detection: "pixels in \(range.brackets) as the file states")
    } else if array.elementType.isFloatingPoint {
      let isInBytes = try Self.areWholeBytes(array)
      self.init(
        range: PixelBox(isInBytes ? 0...255 : 0...1), divisor: 1,
        detection: isInBytes
          ? "whole pixels up to 255 left as they are: ε is in units of 0 to 255" : "pixels in [0, 1] as stored")
    } else {
      let largest = Self.largestPixel(of: array.elementType)
      self.init(
        range: PixelBox(0...1), divisor: largest,
        detection: largest == 1 ? "as 0 and 1" : Self.division(by: Int(largest)))
    }
  }

  /// The unsigned whole numbers that files of a fixed format hold; the raw value is the largest.
  enum Whole: Int {
    case byte = 255
    case word = 65_535
  }

  /// The scale of files whose pixels are always whole numbers.
  init(of whole: Whole, _ selection: DatasetSelection) {
    if let range = selection.pixelRange {
      self.init(given: range)
    } else {
      self.init(range: PixelBox(0...1), divisor: Float(whole.rawValue), detection: Self.division(by: whole.rawValue))
    }
  }

  private init(given range: PixelBox) {
    self.init(range: range, divisor: 1, detection: Self.asGiven(range))
  }

  /// How pixels are described that were divided.
  static func division(by divisor: Int) -> String { "divided by \(divisor)" }

  /// How pixels are described whose range was chosen.
  static func asGiven(_ range: PixelBox) -> String { "pixels in \(range.brackets) as given, kept as they are stored" }

  /// The pixel for every byte: 256 divisions, exactly rounded, instead of one per pixel.
  var bytes: [Float] { pixels(for: .byte) }

  /// The pixel for every number that can be stored.
  func pixels(for whole: Whole) -> [Float] { (0...whole.rawValue).map { Float($0) / divisor } }

  private init(range: PixelBox, divisor: Float, detection: String) {
    (self.range, self.divisor, self.detection) = (range, divisor, detection)
  }

  /// The largest value of a stored pixel: that of the type for 8 and 16 bits; wider types hold pixels of 8 bits, as
  /// NumPy makes them by default.
  private static func largestPixel(of type: ElementType) -> Float {
    switch type {
    case .integer(8, signed: true): 127
    case .integer(16, signed: true): 32_767
    case .integer(16, signed: false): 65_535
    case .integer: 255
    case .float, .bfloat16, .boolean, .string, .other: 1
    }
  }

  /// The first rows are sampled, whichever are selected, so that every part of a file is interpreted alike.
  private static let sampledBytes = 4 << 20

  /// Whether floating-point pixels are really bytes: whole numbers that use the upper half of 0 to 255, as images do
  /// and a stray 2 does not.
  private static func areWholeBytes(_ array: StoredArray) throws -> Bool {
    guard let size = Shape(Array(array.shape.dropFirst())).checkedCount, size > 0 else { return false }
    let rows = min(array.shape[0], max(1, sampledBytes / MemoryLayout<Float>.stride / size))
    let pixels = try array.rows(0..<rows, as: Float.self)
    var largest: Float = 0
    for pixel in pixels {
      guard pixel >= 0, pixel <= 255, pixel == pixel.rounded() else { return false }
      largest = max(largest, pixel)
    }
    return largest > 127
  }
}
