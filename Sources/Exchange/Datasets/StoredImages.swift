import HDF5
import Networks

/// The images of an HDF5 file before they are read: how they lie there, and what their numbers mean.
struct StoredImages {
  let place: Dataset.Origin.Place
  /// The range of valid pixels once read.
  let pixelRange: ClosedRange<Float>

  private let dataset: HDF5.Dataset
  private let layout: ImageLayout
  /// What stored numbers are divided by.
  private let divisor: Float

  /// About as many bytes are read at once: enough for speed, and little beside the images themselves.
  private static let blockBytes = 4 << 20
  /// 8 GiB of single precision: more is a mistake rather than a batch.
  private static let mostPixels = 2 << 30

  /// Finds out about the images; attributes of the dataset come before those of the file, the selection before both.
  /// Where a pixel range is stated, numbers of any type are kept as they are.
  init(_ dataset: HDF5.Dataset, of root: Group, file: String, _ selection: DatasetSelection) throws {
    place = Dataset.Origin.Place(file: file, object: dataset.path)
    self.dataset = dataset
    guard dataset.elementType.isNumeric else {
      throw place.error(expected: "images of numbers", found: dataset.elementType.description)
    }
    layout = try Self.layout(of: dataset, root, place, selection)
    let stated = try selection.pixelRange ?? Self.statedRange(of: dataset, root, place)
    pixelRange = stated ?? 0...1
    divisor = stated == nil ? Self.largestPixel(of: dataset.elementType) : 1
  }

  /// The number of images.
  var count: Int { dataset.shape[0] }

  /// Reads a range of the images.
  func read(_ rows: Range<Int>) throws -> Tensor<Float> {
    let image = layout.imageShape(ofStored: dataset.shape)
    guard let size = image.checkedCount, size > 0, let total = image.batched(rows.count).checkedCount else {
      throw place.error(expected: "at least one pixel", found: "\(Shape(dataset.shape))")
    }
    guard total <= Self.mostPixels else {
      throw place.error(expected: "at most \(Self.mostPixels) pixels; select fewer examples", found: "\(total)")
    }
    let rowsAtOnce = max(1, Self.blockBytes / (size * MemoryLayout<Float>.stride))
    // The first read refuses sizes that the file cannot hold, before memory is taken for the whole.
    var scalars: [Float] = []
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
      let block = try scaled(start..<min(start + rowsAtOnce, rows.upperBound))
      if scalars.isEmpty { scalars.reserveCapacity(total) }
      scalars += layout.channelsFirst(block, imageShape: image)
    }
    return Tensor(shape: image.batched(rows.count), scalars: scalars)
  }

  /// The pixels of some images as they lie in the file, but scaled.
  private func scaled(_ rows: Range<Int>) throws -> [Float] {
    var pixels = try dataset.readRows(rows, as: Float.self)
    guard divisor != 1 else { return pixels }
    for index in pixels.indices { pixels[index] /= divisor }
    return pixels
  }

  /// The largest value of a stored pixel: that of the type for 8 and 16 bits; wider types hold pixels of 8 bits, as
  /// NumPy makes them by default.
  private static func largestPixel(of type: ElementType) -> Float {
    switch type {
    case .integer(8, signed: true): 127
    case .integer(16, signed: true): 32_767
    case .integer(16, signed: false): 65_535
    case .integer: 255
    case .float, .boolean, .string, .other: 1
    }
  }

  private static func layout(
    of dataset: HDF5.Dataset, _ root: Group, _ place: Dataset.Origin.Place, _ selection: DatasetSelection
  ) throws -> ImageLayout {
    guard (3...4).contains(dataset.shape.count) else {
      throw place.error(expected: "images of rank 3 or 4", found: "the shape \(Shape(dataset.shape))")
    }
    let name = try dataset.attributes.string("layout") ?? root.attributes.string("layout")
    let stated = try selection.layout ?? name.map { try statedLayout($0, place) }
    guard let layout = stated ?? ImageLayout.detected(inShape: dataset.shape) else {
      throw place.error(
        expected: "1, 3 or 4 channels on the second or the last axis, or an attribute layout (NCHW or NHWC)",
        found: "the shape \(Shape(dataset.shape))")
    }
    // A file-wide statement about colour images leaves no doubt about an array without a channel axis.
    if dataset.shape.count == ImageLayout.grayscale.rank { return .grayscale }
    guard layout.rank == dataset.shape.count else {
      throw place.error(expected: "images in the layout \(layout.rawValue)", found: "the shape \(Shape(dataset.shape))")
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

  /// The attribute `pixel_range` of two numbers.
  private static func statedRange(
    of dataset: HDF5.Dataset, _ root: Group, _ place: Dataset.Origin.Place
  ) throws -> ClosedRange<Float>? {
    let bounds = try dataset.attributes.numbers("pixel_range", as: Float.self)
    guard let bounds = try bounds ?? root.attributes.numbers("pixel_range", as: Float.self) else { return nil }
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      throw place.error(expected: "an attribute pixel_range of two rising numbers", found: "\(bounds)")
    }
    return bounds[0]...bounds[1]
  }
}
