internal import Exchange
internal import Networks
internal import Reports

/// The facts above the results: which model, which data.
struct Heading {
  private(set) var facts = Facts()
  /// Whether warnings are shown here; where they are shown below the table, they are not repeated above it.
  private let holdsDoubts: Bool

  init(holdsDoubts: Bool = true) {
    self.holdsDoubts = holdsDoubts
  }

  mutating func add(_ name: String, _ text: String) {
    facts.add(name, text)
  }

  mutating func add(_ model: LoadedModel) {
    add("model", "\(model.path) (\(NumberFormat.count(model.file.network.parameterCount)) parameters)")
    let engine = type(of: model.engine)
    if engine.name != EngineChoice.onednn.rawValue { add("engine", "\(engine.name): \(engine.title)") }
    for note in model.notes { add(note) }
  }

  mutating func add(_ note: Note, as name: String = "note") {
    if holdsDoubts || note.warning == nil { add(name, "\(note)") }
  }

  /// How the dataset was understood is shown for data that was named, and not for the data that ships with the lab.
  mutating func add(_ data: DatasetProperties, path: String, isGiven: Bool) {
    let isVector = data.imageShape.rank == 1
    let images = isVector ? counted(data.count, "vector", "vectors") : counted(data.count, "image", "images")
    let classes = counted(data.classCount, "class", "classes")
    add("data", "\(path), \(data.split): \(images) of \(data.imageShape), \(classes)")
    if isGiven, !data.detection.isEmpty { add("found", data.detection) }
    if let fit = data.fit { add("taken", fit) }
    if let note = data.pixelNote { add(note, as: "pixels") }
    if data.clampedPixels > 0 {
      add("note", "pixels outside the range by rounding alone, moved to its end: \(data.clampedPixels)")
    }
  }

  /// The lines, the last one without a line break.
  func text(fitting width: Int? = Terminal.standardOutput.tableWidth) -> String {
    var renderer = TerminalRenderer(width: width)
    return String(renderer.text(.facts(facts)).dropLast())
  }
}
