internal import Exchange
internal import Networks
internal import Reports
internal import Wording

/// A model in `--json`.
struct ModelSummary: Encodable {
  let path: String
  let sha256: String
  let parameters: Int
  /// What ran it, where that is not the lab's usual engine.
  let engine: String?

  init(_ file: ModelFile, path: String, engine: (any Engine)? = nil) {
    self.path = path
    let name = engine.map { type(of: $0).name }
    self.engine = name == EngineChoice.onednn.rawValue ? nil : name
    sha256 = file.sha256
    parameters = file.network.parameterCount
  }

  init(_ model: LoadedModel) {
    self.init(model.file, path: model.path, engine: model.engine)
  }
}

/// A dataset in `--json`.
struct DataSummary: Encodable {
  let path: String
  let split: String
  let sha256: String?
  let imageShape: [Int]
  let classes: Int
  let classNames: [String]?
  let pixelRange: PixelBox
  /// Why the pixels are used in this range, where the network scales them itself.
  let pixelRemark: String?
  let detection: String
  let fit: String?

  init(_ data: DatasetProperties, path: String) {
    pixelRange = data.pixelRange
    pixelRemark = data.pixelNote?.description
    detection = data.detection
    fit = data.fit
    self.path = path
    split = data.split
    sha256 = data.sha256
    imageShape = data.imageShape.extents
    classes = data.classCount
    classNames = data.classNames
  }
}

extension String {
  /// The text broken between words where it is wider than a terminal.
  func fitting(_ width: Int?) -> String { width.map { wrapped(to: $0) } ?? self }
}

/// What attacks leave of so many images, for the summary of a report.
func sentence(
  _ attacks: String, leave robust: Cell, _ interval: ClosedRange<Double>, of count: Int, without clean: Cell
) -> String {
  "\(attacks) leaves \(robust) of \(counted(count, "image", "images")) classified rightly (95 % interval "
    + "\(NumberFormat.percentages(interval))); without an attack it is \(clean)."
}

/// `1 image`, `360 images`.
func counted(_ count: Int, _ one: String, _ many: String) -> String {
  "\(NumberFormat.count(count)) \(count == 1 ? one : many)"
}
