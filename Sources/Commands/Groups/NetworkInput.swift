internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// What a network takes: examples of this shape, in this range.
struct NetworkInput {
  let shape: Shape
  /// The range of the pixels that it scales itself; nil where it scales none.
  let pixelRange: ClosedRange<Float>?
  /// The order in which images become vectors.
  let vectorOrder: AxisOrder

  init(_ network: Network, _ parameters: Parameters, _ vectorOrder: AxisOrder) {
    shape = network.inputShape
    pixelRange = network.expectedPixelRange(parameters)
    self.vectorOrder = vectorOrder
  }

  /// The examples in this shape, where they can be had in it: flattened, or given rows and columns. Others are left as they
  /// are, for a check to refuse.
  ///
  /// - Throws: `MismatchedFile` where ranges of channels would have to become those of single numbers.
  func fitting(_ data: Dataset, path: String) throws(MismatchedFile) -> Dataset {
    guard data.imageShape != shape, let fitted = data.fitted(to: shape, flattening: vectorOrder) else { return data }
    guard data.pixelRange.uniform != nil else {
      throw MismatchedFile(
        description: "\(path): expected one pixel range, as the network takes \(shape.examples), found one for each "
          + "channel of \(data.imageShape.examples): \(NumberFormat.interval(data.pixelRange))")
    }
    return fitted
  }
}

extension LoadedModel {
  /// What it takes.
  var input: NetworkInput { NetworkInput(file.network, file.parameters, file.vectorOrder) }
}

/// Examples as a network takes them, where their file leaves that open.
///
/// Bytes are read as pixels in [0, 1]. A network that divides by 255 itself takes them as they are stored, and would
/// otherwise see images that are almost black.
extension DataOptions {
  /// Examples that were read, in the shape and range that a network takes; read again where that is another range.
  func fitted(
    _ data: Dataset, to input: NetworkInput, _ reading: ReadingOptions, defaultSplit: String = "test"
  ) throws -> Dataset {
    try fitted(data, to: input) { try load(reading, defaultSplit: defaultSplit, in: $0) }
  }

  /// Reads all of a split in the shape and range that a network takes.
  func load(_ reading: ReadingOptions, whole split: String, for input: NetworkInput) throws -> Dataset {
    try fitted(load(reading, whole: split), to: input) { try load(reading, whole: split, in: $0) }
  }

  private func fitted(
    _ data: Dataset, to input: NetworkInput, _ read: (ClosedRange<Float>) throws -> Dataset
  ) throws -> Dataset {
    let path = try path()
    var data = try input.fitting(data, path: path)
    guard let expected = input.pixelRange, data.pixelRange != PixelBox(expected) else { return data }
    if layout.pixelRange == nil, data.pixelDivisor == 255, expected == 0...255 {
      data = try input.fitting(try read(expected), path: path)
      data.pixelNote =
        "the network scales 0 to 255 itself, so bytes are used as stored: eps counts in these units, 8 is 8/255"
    } else {
      data.pixelNote = .warning(
        "the network scales pixels of \(NumberFormat.interval(expected)) itself, and these are in "
          + "\(NumberFormat.interval(data.pixelRange)): they are scaled twice, or not at all")
    }
    return data
  }
}

extension ModelOptions {
  /// The model for the data, and the data for the model.
  func load(
    _ reading: ReadingOptions, with options: DataOptions, gradients: GradientArithmetic = .direct
  ) throws -> (model: LoadedModel, data: Dataset) {
    let stored = try options.load(reading)
    let model = try load(reading, for: stored.form, dataDirectory: options.dataDirectory, gradients: gradients)
    return (model, try options.fitted(stored, to: model.input, reading))
  }
}
