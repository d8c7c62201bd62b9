import HDF5
package import Networks
import Wording

/// The range of valid pixels that an attribute states: two rising numbers, or two for each channel in an array C×2.
struct StatedBox {
  /// The box; nil where the numbers are not valid.
  let box: PixelBox?
  /// The numbers.
  let found: [Float]

  /// The valid form, for messages.
  static let expected = "two rising numbers, or two for each channel"

  /// Interprets the numbers of an array of a shape.
  init(_ ends: [Float], shape: [Int]) {
    // Two rows, the lower and the upper ends, would be misread.
    let isInOrder = ends.count == 2 || shape.count == 2 && shape[1] == 2
    box = isInOrder ? PixelBox(ends: ends) : nil
    found = ends
  }
}

extension Attributes {
  /// The range of valid pixels that an attribute states; nil where there is none.
  func statedBox(_ name: String) throws(HDF5Error) -> StatedBox? {
    guard let ends = try numbers(name, as: Float.self), let shape = try description(of: name)?.shape else { return nil }
    return StatedBox(ends, shape: shape)
  }

  /// States the range of valid pixels.
  func set(_ name: String, to box: PixelBox) throws(HDF5Error) {
    try set(name, to: box.ends, shape: box.endsShape)
  }
}

extension PixelBox {
  /// `[0.0, 1.0]`; several with commas.
  var brackets: String { ranges.map { "[\($0.lowerBound), \($0.upperBound)]" }.joined(separator: ", ") }

  /// `[0, 1]`, four significant digits; `[-2.1, 2.2], [-2, 2.4], [-1.8, 2.6] by channel`, of which no more are shown than
  /// fit a line.
  package var interval: String {
    let shown = ranges.prefix(4).map { range in
      let ends = [range.lowerBound, range.upperBound].map { formatted(Double($0), "%.*g", precision: 4) }
      return "[\(ends[0]), \(ends[1])]"
    }.joined(separator: ", ")
    guard uniform == nil else { return shown }
    return shown + (ranges.count > 4 ? " and \(ranges.count - 4) more" : "") + " by channel"
  }
}
