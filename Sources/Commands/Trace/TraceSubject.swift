internal import Exchange
internal import Networks
internal import Reports

/// An image that is followed.
struct TracedExample {
  let id: Int
  let label: Int
  /// `[1, …]`.
  let image: Tensor<Float>
  /// What an attack made of it.
  let attacked: Tensor<Float>?
}

/// Images that are followed, and the model.
struct TraceSubject {
  let model: LoadedModel
  let examples: [TracedExample]
  let classNames: ClassNames
  let data: DataSummary?
  /// The file of adversarial examples, where they come from one.
  let adversarial: String?
  let heading: Facts

  /// Images of a dataset.
  init(_ model: ModelOptions, _ options: DataOptions, _ reading: ReadingOptions) throws {
    let (model, data) = try model.load(reading, with: options)
    try model.check(data)
    self.model = model
    examples = data.ids.indices.map { row in
      TracedExample(
        id: data.ids[row], label: data.labels[row], image: data.images.examples(row..<row + 1), attacked: nil)
    }
    let path = try options.path()
    classNames = ClassNames(data.properties.classNames)
    self.data = DataSummary(data.properties, path: path)
    adversarial = nil
    var heading = Heading()
    heading.add(model)
    heading.add(data.properties, path: path, isGiven: options.data != nil)
    self.heading = heading.facts
  }

  /// Images that were attacked; the model is the one that the file names, where none is given.
  init(
    _ options: ModelOptions, adversarial path: String, rows: Range<Int>, dataDirectory: String?,
    _ reading: ReadingOptions
  ) throws {
    let reader = reading.reader()
    let set = try reader.read(AdversarialSetRequest(path: path))
    model = try options.load(for: set, in: path, dataDirectory: dataDirectory, reader).model
    let (expected, found) = (model.classifier.inputShape, set.images.shape.example)
    guard expected == found else {
      throw MismatchedFile(description: "\(path): the model \(model.path) takes \(expected.examples), found \(found)")
    }
    let rows = rows.clamped(to: set.examples.indices)
    guard !rows.isEmpty else {
      throw MismatchedFile(
        description: "\(path): there is no example there, it holds "
          + counted(set.examples.count, "example", "examples"))
    }
    examples = rows.map { row in
      TracedExample(
        id: set.examples[row].id, label: set.examples[row].label, image: set.images.examples(row..<row + 1),
        attacked: set.adversarial.examples(row..<row + 1))
    }
    classNames = ClassNames(set.classNames)
    data = nil
    adversarial = path
    var heading = Heading()
    heading.add(model)
    heading.add("attacked", "\(path): \(counted(set.examples.count, "example", "examples"))")
    self.heading = heading.facts
  }
}
