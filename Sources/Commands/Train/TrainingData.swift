internal import Exchange
internal import Networks
internal import Training

/// Labelled images in the shape and the range that a network takes. Those that fit into the memory for images are read
/// once; a larger set is read once to be checked, and then whenever its images are needed.
struct TrainingData {
  /// What is known of all images.
  let properties: DatasetProperties
  /// The first few.
  let first: Tensor<Float>
  let images: any TrainingImages

  /// Reads images.
  ///
  /// - Parameters:
  ///   - stored: The images.
  ///   - input: What the network takes.
  ///   - memory: The most memory for images.
  ///   - path: The file, for messages.
  ///   - check: Called with all images, or with each range of them.
  ///   - onRead: Called with the number of images that were read.
  /// - Throws: What reading or `check` throw.
  init(
    _ stored: StoredExamples, for input: NetworkInput, memory: MemorySize, path: String,
    check: (Dataset) throws -> Void = { _ in }, onRead: (Int) -> Void = { _ in }
  ) throws {
    let imageBytes = stored.form.imageShape.count * MemoryLayout<Float>.stride
    guard stored.count > memory.bytes / imageBytes else {
      let data = try input.fitting(stored.all())
      try check(data)
      onRead(data.count)
      (properties, first) = (data.properties, data.firstImages)
      images = try LabelledImages(images: data.images, labels: data.labels, ids: data.ids)
      return
    }
    let known = try Self.checked(stored, for: input, check, onRead)
    (properties, first) = (known.properties, known.first)
    images = try ReadImages(
      imageShape: properties.imageShape, labels: known.labels, ids: known.ids,
      windows: ShuffleWindows(
        ranges: stored.ranges, rangesPerWindow: max(1, memory.bytes / imageBytes / stored.ranges[0].count))
    ) { range, next in
      let part = try input.fitting(stored.examples(range, then: next ?? 0..<0))
      guard part.labels[...] == known.labels[range] else {
        throw MismatchedFile(description: "\(path): was changed while it was trained on")
      }
      return part.images
    }
  }

  /// What stays in memory of images that are read again and again.
  private struct Known {
    var properties: DatasetProperties
    let first: Tensor<Float>
    var labels: [Int] = []
    var ids: [Int] = []
  }

  /// Reads all images once, so that a fault in the last one does not cost an epoch.
  private static func checked(
    _ stored: StoredExamples, for input: NetworkInput, _ check: (Dataset) throws -> Void, _ onRead: (Int) -> Void
  ) throws -> Known {
    var known: Known?
    for range in stored.ranges {
      let part = try input.fitting(stored.examples(range))
      try check(part)
      if known == nil {
        known = Known(properties: part.properties, first: part.firstImages)
      } else {
        known?.properties.add(part.properties)
      }
      known?.labels += part.labels
      known?.ids += part.ids
      onRead(part.count)
    }
    guard let known else { preconditionFailure("a dataset without images was opened") }
    return known
  }
}

extension Dataset {
  /// Enough images to compare two implementations of a network by.
  fileprivate var firstImages: Tensor<Float> { images.examples(0..<min(8, self.count)) }
}
