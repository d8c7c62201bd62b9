internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// In which shape and range examples are used, where the file leaves that open and the network says it.
///
/// Bytes are read as pixels in [0, 1]. A network that divides by 255 itself takes them as they are stored, and would
/// otherwise see images that are almost black.
extension DataOptions {
  /// Examples that were read, in the shape and range that a model takes; read again where that is another range.
  func fitted(_ data: Dataset, to model: LoadedModel, _ reading: ReadingOptions) throws -> Dataset {
    try fitted(data, to: model) { try load(reading, in: $0) }
  }

  /// Reads all of a split in the shape and range that a model takes.
  func load(_ reading: ReadingOptions, whole split: String, for model: LoadedModel) throws -> Dataset {
    try fitted(load(reading, whole: split), to: model) { try load(reading, whole: split, in: $0) }
  }

  private func fitted(
    _ data: Dataset, to model: LoadedModel, _ read: (ClosedRange<Float>) throws -> Dataset
  ) throws -> Dataset {
    var data = model.fitting(data)
    guard let expected = model.file.network.expectedPixelRange(model.file.parameters), expected != data.pixelRange
    else { return model.fitting(data) }
    if layout.pixelRange == nil, data.pixelDivisor == 255, expected == 0...255 {
      data = model.fitting(try read(expected))
      data.pixelRemark =
        "the network scales 0 to 255 itself, so bytes are used as stored: eps counts in these units, 8 is 8/255"
    } else {
      data.pixelRemark =
        Self.warning + "the network scales pixels of \(NumberFormat.interval(expected)) itself, and these are in "
        + "\(NumberFormat.interval(data.pixelRange)): they are scaled twice, or not at all"
    }
    return model.fitting(data)
  }

  /// How a remark begins that casts doubt on the results.
  fileprivate static let warning = "Warning: "
}

extension ModelOptions {
  /// The model for the data, and the data for the model.
  func load(
    _ reading: ReadingOptions, with options: DataOptions, gradients: GradientArithmetic = .direct
  ) throws -> (model: LoadedModel, data: Dataset) {
    let stored = try options.load(reading)
    let model = try load(reading, for: stored.form, dataDirectory: options.dataDirectory, gradients: gradients)
    return (model, try options.fitted(stored, to: model, reading))
  }
}

extension Dataset {
  /// Why the network does not fit the range of the pixels; nil where nothing is wrong.
  var pixelWarning: String? {
    pixelRemark.flatMap { $0.hasPrefix(DataOptions.warning) ? String($0.dropFirst(DataOptions.warning.count)) : nil }
  }
}
