import Networks

/// The conditions every dataset meets, whatever file it comes from.
struct DatasetCheck {
  let origin: Dataset.Origin
  /// The index of each example in its file, for messages.
  let ids: [Int]

  /// More classes than any image dataset has: a larger label is an error, and memory must not depend on it.
  static let mostClasses = 1_000_000

  /// How far outside its range a pixel may lie, as a share of the range's width.
  static let roundingTolerance: Float = 1e-6

  /// A batch of images or of vectors, and a label for each.
  func shape(_ shape: Shape, labelCount: Int) throws(ExchangeError) {
    guard shape.rank == 4 || shape.rank == 2, shape.checkedCount != nil else {
      throw origin.images.error(expected: "images of shape N×C×H×W or vectors of shape N×D", found: "\(shape)")
    }
    guard shape.count > 0 else { throw origin.images.error(expected: "at least one image", found: "\(shape)") }
    guard labelCount == shape[0], ids.count == shape[0] else {
      throw origin.labels.error(expected: "\(shape[0]) labels, one for each image", found: "\(labelCount)")
    }
  }

  /// Labels of the classes there are.
  func labels(_ labels: [Int], classCount: Int, classNames: [String]?) throws(ExchangeError) {
    guard (1...Self.mostClasses).contains(classCount) else {
      throw origin.labels.error(expected: "1 to \(Self.mostClasses) classes", found: "\(classCount)")
    }
    if let classNames, classNames.count != classCount {
      throw origin.labels.error(expected: "a name for each of \(classCount) classes", found: "\(classNames.count)")
    }
    for (row, label) in labels.enumerated() where !(0..<classCount).contains(label) {
      throw origin.labels.error(example: ids[row], expected: "a label in 0..<\(classCount)", found: "\(label)")
    }
  }

  /// The images with every pixel in the range, and the number of pixels that were outside by a rounding error and were
  /// moved to its end.
  func pixels(
    _ images: Tensor<Float>, range: PixelBox
  ) throws(ExchangeError) -> (images: Tensor<Float>, clamped: Int) {
    for range in range.ranges {
      guard range.lowerBound.isFinite, range.upperBound.isFinite, range.lowerBound < range.upperBound else {
        throw origin.images.error(expected: "a pixel range of two different numbers", found: "\(range)")
      }
    }
    guard range.fits(images.shape.example) else {
      throw origin.images.error(
        expected: PixelBox.expectation(for: images.shape.example), found: "\(range.ranges.count): \(range.brackets)")
    }
    // Most datasets need no change: looking first leaves a shared buffer shared.
    guard range.firstOutside(images) != nil else { return (images, 0) }
    if let bad = range.widened(by: Self.roundingTolerance).firstOutside(images) {
      throw badPixel(images, at: bad.index, range: range)
    }
    return moved(images, into: range)
  }

  private func moved(_ images: Tensor<Float>, into box: PixelBox) -> (images: Tensor<Float>, clamped: Int) {
    var images = images
    var clamped = 0
    let runs = box.runs(of: images.shape)
    images.withUnsafeMutableScalars { pixels in
      for (indices, range) in runs {
        for index in indices where !range.contains(pixels[index]) {
          pixels[index] = min(max(pixels[index], range.lowerBound), range.upperBound)
          clamped += 1
        }
      }
    }
    return (images, clamped)
  }

  private func badPixel(_ images: Tensor<Float>, at index: Int, range box: PixelBox) -> ExchangeError {
    let range = box.runs(of: images.shape).first { $0.indices.contains(index) }?.range ?? box.ranges[0]
    let (row, pixel) = index.quotientAndRemainder(dividingBy: images.exampleSize)
    let value = images.withUnsafeScalars { $0[index] }
    let advice = !value.isFinite ? "" : "; --pixel-range low:high states another range, such as \(example(images))"
    return origin.images.error(
      example: ids[row],
      expected: "\(images.shape.rank == 2 ? "numbers" : "pixels") in [\(range.lowerBound), \(range.upperBound)]",
      found: "\(value) at \(position(of: pixel, images.shape))\(advice)")
  }

  private func position(of pixel: Int, _ shape: Shape) -> String {
    guard shape.rank == 4 else { return "feature \(pixel)" }
    let (height, width) = (shape[2], shape[3])
    return "channel \(pixel / (height * width)), row \(pixel / width % height), column \(pixel % width)"
  }

  /// The range of the pixels read, where they are whole numbers; else one that is usual for normalised images.
  private func example(_ images: Tensor<Float>) -> String {
    images.withUnsafeScalars { pixels in
      let finite = pixels.lazy.filter(\.isFinite)
      guard let least = finite.min()?.rounded(.down), let most = finite.max()?.rounded(.up), least < most,
        abs(least) < 1e6, abs(most) < 1e6
      else { return "-1:1" }
      return "\(Int(least)):\(Int(most))"
    }
  }
}
