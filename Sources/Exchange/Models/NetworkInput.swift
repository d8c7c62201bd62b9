public import Networks

/// What a network takes: examples of this shape, in this range, of so many classes.
public struct NetworkInput: Sendable {
  /// The shape of one example.
  public let shape: Shape
  /// The range of the pixels that it scales itself; nil where it scales none.
  public let pixelRange: ClosedRange<Float>?
  /// The order in which images become vectors.
  public let vectorOrder: AxisOrder

  /// Finds out what a network takes.
  public init(_ network: Network, _ parameters: Parameters, _ vectorOrder: AxisOrder) {
    shape = network.inputShape
    pixelRange = network.expectedPixelRange(parameters)
    self.vectorOrder = vectorOrder
  }

  /// The examples in the shape and the range that the network takes.
  ///
  /// Bytes are read as pixels in [0, 1]. A network that divides by 255 itself takes them as they are stored, and would
  /// otherwise see images that are almost black. Where the range is another one and cannot be helped, the `pixelNote` of
  /// the result is a warning.
  ///
  /// - Parameter data: The examples. Those of a shape that does not fit are left in it, for a check to refuse.
  /// - Returns: The examples as the network takes them.
  /// - Throws: `ModelError` where ranges of channels would have to become those of single numbers.
  public func fitting(_ data: Dataset) throws(ModelError) -> Dataset {
    var data = try reshaping(data)
    guard let pixelRange, data.pixelRange != PixelBox(pixelRange) else { return data }
    if pixelRange == 0...255, let bytes = data.inBytes() {
      data = bytes
      data.pixelNote =
        "the network scales 0 to 255 itself, so bytes are used as stored: eps counts in these units, 8 is 8/255"
    } else {
      data.pixelNote = .warning(
        "the network scales pixels of \(PixelBox(pixelRange).interval) itself, and these are in "
          + "\(data.pixelRange.interval): they are scaled twice, or not at all")
    }
    return data
  }

  /// The examples in the shape that the network takes, where they can be had in it: flattened, or given rows and columns.
  ///
  /// - Parameter data: The examples. Others are left as they are, for a check to refuse.
  /// - Returns: The same examples, in the range in which they were.
  /// - Throws: `ModelError` where ranges of channels would have to become those of single numbers.
  public func reshaping(_ data: Dataset) throws(ModelError) -> Dataset {
    guard data.imageShape != shape, let fitted = data.fitted(to: shape, flattening: vectorOrder) else { return data }
    guard data.pixelRange.uniform != nil else {
      throw ModelError(
        data: data.path, expected: "one pixel range, as the network takes \(shape.examples)",
        found: "one for each channel of \(data.imageShape.examples): \(data.pixelRange.interval)")
    }
    return fitted
  }
}

/// Data that a model does not take.
public struct ModelError: Error, Hashable, CustomStringConvertible {
  /// Where the data comes from.
  public let data: String
  /// What the model takes.
  public let expected: String
  /// What the data has.
  public let found: String

  init(data: String, expected: String, found: String) {
    (self.data, self.expected, self.found) = (data, expected, found)
  }

  /// Which data, what was expected and what was found.
  public var description: String { "\(data): expected \(expected), found \(found)" }
}

extension Dataset {
  /// Checks that a model takes the images and knows the labels.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - name: What it is called, for messages: `the model digits-cnn.h5`.
  /// - Throws: `ModelError`.
  public func check(for model: some Classifier, _ name: String) throws(ModelError) {
    guard self.imageShape == model.inputShape else {
      throw ModelError(
        data: self.path, expected: "\(model.inputShape.examples), as \(name) takes", found: self.imageShape.examples)
    }
    if let label = labels.first(where: { $0 >= model.classCount }) {
      throw ModelError(
        data: self.path, expected: "labels below \(model.classCount), the classes of \(name)", found: "\(label)")
    }
  }
}

extension Shape {
  /// What examples of this shape are: `images of 1×28×28`, `vectors of 784`.
  package var examples: String { rank == 1 ? "vectors of \(self)" : "images of \(self)" }
}
