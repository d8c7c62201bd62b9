internal import Exchange
internal import Networks
internal import Reports

/// A model in `--json`.
struct ModelSummary: Encodable {
  let path: String
  let sha256: String
  let parameters: Int

  init(_ model: LoadedModel) {
    path = model.path
    sha256 = model.file.sha256
    parameters = model.file.network.parameterCount
  }
}

/// A dataset in `--json`.
struct DataSummary: Encodable {
  let path: String
  let split: String
  let sha256: String?
  let imageShape: [Int]
  let classes: Int

  init(_ data: Dataset, path: String) {
    self.path = path
    split = data.split
    sha256 = data.sha256
    imageShape = data.imageShape.extents
    classes = data.classCount
  }
}

/// Lines above a table: what it is about.
struct Heading {
  private var lines: [(String, String)] = []

  mutating func add(_ name: String, _ text: String) {
    lines.append((name, text))
  }

  mutating func add(_ model: LoadedModel) {
    add("model", "\(model.path) (\(NumberFormat.count(model.file.network.parameterCount)) parameters)")
  }

  mutating func add(_ data: Dataset, path: String) {
    add(
      "data",
      "\(path), \(data.split): \(NumberFormat.count(data.count)) images of \(data.imageShape), \(data.classCount) classes")
    if data.clampedPixels > 0 {
      add("note", "\(NumberFormat.count(data.clampedPixels)) pixels outside the range by rounding alone were moved to its end")
    }
  }

  var text: String {
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, text in
      name + String(repeating: " ", count: width - name.count + 2) + text
    }.joined(separator: "\n")
  }
}
