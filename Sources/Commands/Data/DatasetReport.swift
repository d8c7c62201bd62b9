internal import Exchange
internal import Networks
internal import Reports

/// How a dataset is understood, for `data inspect` and `inspect`.
struct DatasetReport: Encodable {
  let command: String
  let data: DataSummary
  let detection: String
  let count: Int
  let smallestPixel: Float
  let largestPixel: Float
  let labelCounts: [Int]
  let facts: Facts

  private enum CodingKeys: CodingKey {
    case command, data, detection, count, smallestPixel, largestPixel, labelCounts
  }

  init(_ dataset: Dataset, path: String, command: String) {
    self.command = command
    data = DataSummary(dataset.properties, path: path)
    detection = dataset.detection
    count = dataset.count
    smallestPixel = dataset.images.scalars.min() ?? 0
    largestPixel = dataset.images.scalars.max() ?? 0
    var counts = Array(repeating: 0, count: dataset.classCount)
    for label in dataset.labels { counts[label] += 1 }
    labelCounts = counts
    var heading = Heading()
    heading.add(dataset.properties, path: path, isGiven: true)
    heading.add("pixels", "from \(smallestPixel) to \(largestPixel)")
    let classes = counts.indices.map { label in ["\(label)", dataset.classNames?[label]].compactMap(\.self) }
    heading.add(
      "labels", zip(classes, counts).map { "\($0.joined(separator: " ")): \($1)" }.joined(separator: ", "))
    if let sha256 = dataset.sha256 { heading.add("SHA-256", sha256) }
    facts = heading.facts
  }
}
