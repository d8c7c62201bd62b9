import HDF5
import Networks

/// The images of a file before they are read: their layout, and the meaning of their numbers.
struct StoredImages {
  let place: Dataset.Origin.Place
  /// The range of valid pixels once read.
  let pixelRange: PixelBox
  /// How the images were interpreted, for the user.
  let detection: String

  /// What stored numbers are divided by.
  let divisor: Float

  private let array: StoredArray
  private let layout: ImageLayout

  /// The number of bytes that are read at once: enough for speed, and little beside the images themselves.
  private static let blockBytes = 4 << 20
  /// 8 GiB of single precision: more is a mistake rather than a batch.
  static let mostPixels = 2 << 30

  /// Determines layout and scale; the selection takes precedence over what the file states.
  init(_ array: StoredArray, _ selection: DatasetSelection) throws {
    place = array.place
    self.array = array
    guard array.elementType.isNumeric else {
      throw place.error(expected: "images of numbers", found: array.elementType.description)
    }
    layout = try Self.layout(of: array, selection)
    let scale = try PixelScale(of: array, selection)
    (pixelRange, divisor) = (scale.range, scale.divisor)
    let image = layout.imageShape(ofStored: array.shape)
    let kind = image.rank == 1 ? "vectors" : "images"
    detection = "\(array.shape[0]) \(kind) \(image) as \(layout.rawValue) \(array.elementType), \(scale.detection)"
  }

  /// Whether every example is a row of numbers.
  var areRows: Bool { layout == .flat }

  /// The number of images.
  var count: Int { array.shape[0] }

  /// The shape of one image once read.
  func imageShape() throws(ExchangeError) -> Shape {
    let image = layout.imageShape(ofStored: array.shape)
    guard let size = image.checkedCount, size > 0, image.batched(max(count, 1)).checkedCount != nil else {
      throw place.error(expected: "at least one pixel", found: "\(Shape(array.shape))")
    }
    return image
  }

  /// Reads a range of the images.
  func read(_ rows: Range<Int>) throws -> Tensor<Float> {
    let image = try imageShape()
    let (size, total) = (image.count, image.batched(rows.count).count)
    guard total <= Self.mostPixels else {
      throw place.error(expected: "at most \(Self.mostPixels) pixels; select fewer examples", found: "\(total)")
    }
    let rowsAtOnce = max(1, Self.blockBytes / (size * MemoryLayout<Float>.stride))
    // The first read refuses sizes that the file cannot hold, before memory is taken for the whole.
    var scalars: [Float] = []
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
      let block = try array.rows(start..<min(start + rowsAtOnce, rows.upperBound), as: Float.self)
      if scalars.isEmpty { scalars.reserveCapacity(total) }
      scalars += converted(block, image)
    }
    return Tensor(shape: image.batched(rows.count), scalars: scalars)
  }

  private func converted(_ block: [Float], _ image: Shape) -> [Float] {
    if divisor == 1, layout.isInOrder(image) { return block }
    return [Float](unsafeUninitializedCapacity: block.count) { buffer, initialized in
      let images = UnsafeMutableBufferPointer(rebasing: buffer[..<block.count])
      block.withUnsafeBufferPointer { layout.copy($0, to: images, imageShape: image, dividingBy: divisor) }
      initialized = block.count
    }
  }

  private static func layout(of array: StoredArray, _ selection: DatasetSelection) throws -> ImageLayout {
    let place = array.place
    guard (2...4).contains(array.shape.count) else {
      throw place.error(expected: "images of rank 2 to 4", found: "the shape \(Shape(array.shape))")
    }
    if let layout = selection.layout { return try fitting(layout, array) }
    let detected = ImageLayout.detected(inShape: array.shape, isMATLAB: array.isMATLAB)
    // A layout of colour images that is stated for the whole file does not apply to an array without a channel axis.
    if let detected, array.shape.count < 4 { return detected }
    if let name = array.statedLayout { return try fitting(try statedLayout(name, place), array) }
    guard let detected else {
      throw place.error(
        expected: "1, 3 or 4 channels on the second or the last axis, or --layout NCHW or NHWC",
        found: "the shape \(Shape(array.shape))")
    }
    return detected
  }

  private static func fitting(_ layout: ImageLayout, _ array: StoredArray) throws(ExchangeError) -> ImageLayout {
    guard layout.rank == array.shape.count else {
      throw array.place.error(
        expected: "images in the layout \(layout.rawValue)", found: "the shape \(Shape(array.shape))")
    }
    return layout
  }

  private static func statedLayout(_ name: String, _ place: Dataset.Origin.Place) throws(ExchangeError) -> ImageLayout {
    guard let layout = ImageLayout(rawValue: name.uppercased()) else {
      let names = ImageLayout.allCases.map(\.rawValue).joined(separator: ", ")
      throw place.error(expected: "an attribute layout of \(names)", found: name)
    }
    return layout
  }
}
