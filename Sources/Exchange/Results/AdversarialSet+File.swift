import HDF5
import Networks

/// The file of an adversarial set. Arrays with one value per example, beside the images:
///
/// | name | type | holds |
/// |---|---|---|
/// | `x`, `x_adv` | float32 N×C×H×W or N×D | clean and adversarial images; the attribute `layout` is `NCHW` or `ND` |
/// | `y` | int64 | classes |
/// | `y_pred_clean`, `y_pred_adv` | int64 | predictions; −1 where the model gave none |
/// | `target` | int64 | the target class of each, −1 for none; absent where the attack was untargeted |
/// | `success` | uint8 | 1 where the attack reached its goal within its threat model |
/// | `status` | uint8 | a code; the attribute `names` lists what 0, 1, 2, … mean |
/// | `distance` | float64 | the size of the change in the attack's norm |
/// | `distance_linf`, `distance_l2` | float64 | its size in these norms |
/// | `forwards`, `backwards` | int64 | passes of the attack |
/// | `seconds` | float64 | the example's share of the time of the attack |
/// | `index` | int64 | the index in the split |
/// | `change` | float32 1×C×H×W or 1×D | what a universal attack adds to every image, or its patch; absent for others |
///
/// Attributes of the root, beside those of every AdvLab file (`Provenance`: `command`, `seed`, `program_version`,
/// `model_sha256`, `data_sha256`):
///
/// | name | type | holds |
/// |---|---|---|
/// | `attack` | text | name and hyper-parameters in JSON |
/// | `norm` | text | `linf`, `l2`, `l1` or `l0` |
/// | `epsilon` | float64 | the radius in stored pixel units; absent where any distance is allowed |
/// | `budget` | text | `fixed`, `minimal` or `transformation`: only with the first a change beyond the radius is a violation |
/// | `bounds` | float32 2 or C×2 | the range of valid pixels, or that of each channel |
/// | `precision` | text | arithmetic of the gradients, such as `float32` |
/// | `requested` | int64 | how many examples were to be attacked |
/// | `class_names` | texts | the names of the classes; absent where the dataset has none, or more than an attribute holds |
///
/// Files of earlier versions lack `distance`, `seconds`, `budget`, `precision` and `program_version`.
extension AdversarialSet {
  /// Writes the set; a file that is replaced stays as it is until the new one is complete. Where the name ends in `.npz`,
  /// it becomes a NumPy archive, whose members have the names of arrays and attributes; those of the codes are
  /// `status_names`.
  public func write(to path: String) throws(ExchangeError) { try writeWhole(to: path) }

  /// Reads a set from a file of either form. Its form is checked; whether its claims are true is checked by `verify`.
  public static func read(from path: String) throws(ExchangeError) -> AdversarialSet {
    try exchanging(path) {
      let reader = try ResultReader(path)
      let provenance = try Provenance(reader.record, of: .adversarial, file: path)
      let images = try reader.images("x")
      let adversarial = try reader.images("x_adv")
      guard adversarial.shape == images.shape else {
        throw ExchangeError(
          file: path, object: "/x_adv", expected: "the shape of /x, \(images.shape)", found: "\(adversarial.shape)")
      }
      let statusNames = try reader.names(ofCodes: "status")
      return AdversarialSet(
        images: images, adversarial: adversarial,
        examples: try readExamples(reader, count: images.exampleCount, statusNames: statusNames),
        statusNames: statusNames, threat: try readThreat(reader.record, of: images.shape.example, file: path),
        attack: try reader.record.text("attack") ?? "{}", precision: try reader.record.text("precision"),
        provenance: provenance, requested: try reader.record.number("requested", as: Int.self),
        change: try readChange(reader, of: images.shape), classNames: try reader.record.texts(Dataset.classNamesKey))
    }
  }

  private func statusCodes(_ path: String) throws(ExchangeError) -> [UInt8] {
    let failure = { (message: String) in ExchangeError(kind: .cannotWrite, file: path, message: message) }
    guard [2, 4].contains(images.shape.rank), adversarial.shape == images.shape, examples.count == images.exampleCount
    else {
      throw failure(
        "expected images, adversarial images and reports of one number and shape, found \(images.shape), "
          + "\(adversarial.shape) and \(examples.count)")
    }
    var codes: [UInt8] = []
    for example in examples {
      guard let index = statusNames.firstIndex(of: example.status), let code = UInt8(exactly: index) else {
        throw failure("expected a status among \(statusNames), found \(example.status)")
      }
      codes.append(code)
    }
    return codes
  }

  private static func readExamples(_ reader: ResultReader, count: Int, statusNames: [String]) throws -> [Example] {
    let labels = try reader.column("y", count, as: Int.self)
    let clean = try reader.column("y_pred_clean", count, as: Int.self)
    let adversarial = try reader.column("y_pred_adv", count, as: Int.self)
    let targets = try readTargets(reader, count)
    let success = try reader.column("success", count, as: Int.self)
    let codes = try reader.column("status", count, as: Int.self)
    let linf = try reader.column("distance_linf", count, as: Double.self)
    let l2 = try reader.column("distance_l2", count, as: Double.self)
    let distances = try reader.has("distance") ? reader.column("distance", count, as: Double.self) : nil
    let seconds = try readSeconds(reader, count)
    let forwards = try reader.column("forwards", count, as: Int.self)
    let backwards = try reader.column("backwards", count, as: Int.self)
    let ids = try reader.column("index", count, as: Int.self)
    return try (0..<count).map { row in
      guard statusNames.indices.contains(codes[row]) else {
        throw ExchangeError(
          file: reader.file, object: "/status", example: row,
          expected: "a code below \(statusNames.count), the number of names", found: "\(codes[row])")
      }
      return Example(
        id: ids[row], label: labels[row], target: targets[row], cleanPrediction: clean[row],
        adversarialPrediction: adversarial[row], isSuccess: success[row] != 0, status: statusNames[codes[row]],
        distance: distances?[row], distanceLinf: linf[row], distanceL2: l2[row], forwards: forwards[row],
        backwards: backwards[row], seconds: seconds?[row])
    }
  }

  /// Nil but for universal attacks.
  private static func readChange(_ reader: ResultReader, of images: Shape) throws -> Tensor<Float>? {
    guard try reader.has("change") else { return nil }
    let change = try reader.images("change")
    guard change.exampleCount == 1, change.shape.rank == images.rank else {
      throw ExchangeError(
        file: reader.file, object: "/change", expected: "one example with as many axes as those of /x",
        found: "the shape \(change.shape)")
    }
    return change
  }

  private static func readTargets(_ reader: ResultReader, _ count: Int) throws -> [Int?] {
    guard try reader.has("target") else { return Array(repeating: nil, count: count) }
    return try reader.column("target", count, as: Int.self).enumerated().map { row, target in
      guard target >= -1 else {
        throw ExchangeError(
          file: reader.file, object: "/target", example: row, expected: "a class, or -1 for none", found: "\(target)")
      }
      return target < 0 ? nil : target
    }
  }

  /// Nil in files of earlier versions.
  private static func readSeconds(_ reader: ResultReader, _ count: Int) throws -> [Double]? {
    guard try reader.has("seconds") else { return nil }
    let seconds = try reader.column("seconds", count, as: Double.self)
    if let row = seconds.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
      throw ExchangeError(
        file: reader.file, object: "/seconds", example: row, expected: "a finite time of at least 0",
        found: "\(seconds[row])")
    }
    return seconds
  }

  private static func readThreat(_ record: FileRecord, of example: Shape, file: String) throws -> Threat {
    let stated = try record.box("bounds")
    guard let norm = try record.text("norm"), let bounds = stated?.box else {
      throw ExchangeError(
        file: file, object: record.object, expected: "\(record.noun)s norm and bounds, of \(StatedBox.expected)",
        found: "\(stated?.found ?? [])")
    }
    guard bounds.fits(example) else {
      throw ExchangeError(
        file: file, object: record.object, expected: "bounds of " + PixelBox.expectation(for: example),
        found: "\(bounds.ranges.count)")
    }
    let epsilon = try record.number("epsilon", as: Double.self)
    if let epsilon, !(epsilon >= 0) {
      throw ExchangeError(
        file: file, object: record.object, expected: "an \(record.noun) epsilon of at least 0", found: "\(epsilon)")
    }
    return Threat(norm: norm, epsilon: epsilon, budget: try readBudget(record, file: file), bounds: bounds)
  }

  /// Nil in files of earlier versions.
  private static func readBudget(_ record: FileRecord, file: String) throws -> Threat.Budget? {
    guard let text = try record.text("budget") else { return nil }
    guard let budget = Threat.Budget(rawValue: text) else {
      let all = Threat.Budget.allCases.map(\.rawValue)
      let names = all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
      throw ExchangeError(
        file: file, object: record.object, expected: "the \(record.noun) budget to be \(names)", found: text)
    }
    return budget
  }
}

extension AdversarialSet: StreamedResult {
  package var exampleCount: Int { examples.count }

  package func append(to writer: inout some ResultWriter, file: String) throws {
    let codes = try statusCodes(file)
    let columns = try OptionalColumns(examples, file: file)
    try writer.append("x", images: images)
    try writer.append("x_adv", images: adversarial)
    try writer.append("y", column: examples.map(\.label))
    try writer.append("y_pred_clean", column: examples.map(\.cleanPrediction))
    try writer.append("y_pred_adv", column: examples.map(\.adversarialPrediction))
    if examples.contains(where: { $0.target != nil }) {
      try writer.append("target", column: examples.map { $0.target ?? -1 })
    }
    try writer.append("success", column: examples.map { UInt8($0.isSuccess ? 1 : 0) })
    try writer.append("status", codes: codes, names: statusNames)
    if let distances = columns.distances { try writer.append("distance", column: distances) }
    try writer.append("distance_linf", column: examples.map(\.distanceLinf))
    try writer.append("distance_l2", column: examples.map(\.distanceL2))
    try writer.append("forwards", column: examples.map(\.forwards))
    try writer.append("backwards", column: examples.map(\.backwards))
    if let seconds = columns.seconds { try writer.append("seconds", column: seconds) }
    try writer.append("index", column: examples.map(\.id))
  }

  package func record(to writer: inout some ResultWriter, file: String) throws {
    try checkRows(writer.rowCounts, file: file)
    if let change { try writer.append("change", images: change) }
    try writer.record(provenance, .adversarial)
    try writer.record("attack", attack)
    try writer.record("norm", threat.norm)
    if let epsilon = threat.epsilon { try writer.record("epsilon", epsilon) }
    try writer.record("budget", threat.budget.rawValue)
    if let precision { try writer.record("precision", precision) }
    if let requested { try writer.record("requested", requested) }
    try writer.record("bounds", threat.bounds)
    if let names = Dataset.writable(classNames) { try writer.record(Dataset.classNamesKey, names) }
  }
}

/// The columns that sets from files of earlier versions lack.
private struct OptionalColumns {
  let distances: [Double]?
  let seconds: [Double]?

  init(_ examples: [AdversarialSet.Example], file: String) throws(ExchangeError) {
    distances = try Self.column("distance", examples.map(\.distance), file)
    seconds = try Self.column("seconds", examples.map(\.seconds), file)
  }

  /// Nil where no example has a value. A column must have a value for every example.
  private static func column(_ name: String, _ values: [Double?], _ file: String) throws(ExchangeError) -> [Double]? {
    let known = values.compactMap(\.self)
    guard known.isEmpty || known.count == values.count else {
      throw ExchangeError(
        kind: .cannotWrite, file: file, object: "/\(name)",
        message: "expected a value for all \(values.count) examples or for none, found \(known.count)")
    }
    return known.isEmpty ? nil : known
  }
}
