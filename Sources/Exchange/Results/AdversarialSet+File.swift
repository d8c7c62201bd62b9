import HDF5
import Networks

/// The file of an adversarial set: `/x` and `/x_adv` float32 N×C×H×W or N×D with the attribute `layout`, and one value per
/// example in `/y`, `/y_pred_clean`, `/y_pred_adv`, `/target` (where there are targets; −1 for none), `/success` (uint8),
/// `/status` (uint8; its attribute `names` lists what the codes 0, 1, 2, … mean), `/distance_linf`, `/distance_l2`
/// (float64), `/forwards`, `/backwards`, `/index`. Attributes of the root: those of every file of the lab, `attack`
/// (JSON), `norm`, `epsilon` (absent where the attack minimises), `bounds` (two numbers, or C×2 where every channel has its
/// own), `requested` (how many examples were to be attacked).
extension AdversarialSet {
  /// Writes the set; a file that is replaced stays as it is until the new one is complete. Where the name ends in `.npz`,
  /// it becomes a NumPy archive, whose members have the names of arrays and attributes; those of the codes are
  /// `status_names`.
  public func write(to path: String) throws(ExchangeError) {
    try exchanging(path) {
      let codes = try statusCodes(path)
      if NumPyArchive.isMeant(by: path) { return try archive(codes).write(to: path) }
      try File.write(atomicallyTo: path) { root in
        try provenance.write(.adversarial, to: root.attributes)
        try root.attributes.set("attack", to: attack)
        try root.attributes.set("norm", to: threat.norm)
        if let epsilon = threat.epsilon { try root.attributes.set("epsilon", to: epsilon) }
        if let requested { try root.attributes.set("requested", to: requested) }
        try root.attributes.set("bounds", to: threat.bounds)
        try root.writeImages("x", images)
        try root.writeImages("x_adv", adversarial)
        try root.write("y", examples.map(\.label))
        try root.write("y_pred_clean", examples.map(\.cleanPrediction))
        try root.write("y_pred_adv", examples.map(\.adversarialPrediction))
        if examples.contains(where: { $0.target != nil }) { try root.write("target", examples.map { $0.target ?? -1 }) }
        try root.write("success", examples.map { UInt8($0.isSuccess ? 1 : 0) })
        try root.write("status", codes).attributes.set("names", to: statusNames)
        try root.write("distance_linf", examples.map(\.distanceLinf))
        try root.write("distance_l2", examples.map(\.distanceL2))
        try root.write("forwards", examples.map(\.forwards))
        try root.write("backwards", examples.map(\.backwards))
        try root.write("index", examples.map(\.id))
      }
    }
  }

  /// Reads a set from a file of either form. Its form is checked; whether what it claims is true is for `verify` to find out.
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
        attack: try reader.record.text("attack") ?? "{}", provenance: provenance,
        requested: try reader.record.number("requested", as: Int.self))
    }
  }

  private func archive(_ codes: [UInt8]) throws -> NumPyArchive {
    var archive = NumPyArchive()
    try provenance.write(.adversarial, to: &archive)
    archive.add("attack", attack)
    archive.add("norm", threat.norm)
    if let epsilon = threat.epsilon { archive.add("epsilon", [epsilon]) }
    if let requested { archive.add("requested", [requested]) }
    archive.add("bounds", threat.bounds.ends, shape: threat.bounds.endsShape)
    archive.add("x", images.scalars, shape: images.shape.extents)
    archive.add("x_adv", adversarial.scalars, shape: adversarial.shape.extents)
    archive.add("y", examples.map(\.label))
    archive.add("y_pred_clean", examples.map(\.cleanPrediction))
    archive.add("y_pred_adv", examples.map(\.adversarialPrediction))
    if examples.contains(where: { $0.target != nil }) { archive.add("target", examples.map { $0.target ?? -1 }) }
    archive.add("success", examples.map { UInt8($0.isSuccess ? 1 : 0) })
    archive.add("status", codes)
    archive.add("status_names", statusNames)
    archive.add("distance_linf", examples.map(\.distanceLinf))
    archive.add("distance_l2", examples.map(\.distanceL2))
    archive.add("forwards", examples.map(\.forwards))
    archive.add("backwards", examples.map(\.backwards))
    archive.add("index", examples.map(\.id))
    return archive
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
    let targets = try reader.has("target") ? reader.column("target", count, as: Int.self) : []
    let success = try reader.column("success", count, as: Int.self)
    let codes = try reader.column("status", count, as: Int.self)
    let linf = try reader.column("distance_linf", count, as: Double.self)
    let l2 = try reader.column("distance_l2", count, as: Double.self)
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
        id: ids[row], label: labels[row], target: targets.isEmpty || targets[row] < 0 ? nil : targets[row],
        cleanPrediction: clean[row], adversarialPrediction: adversarial[row], isSuccess: success[row] != 0,
        status: statusNames[codes[row]], distanceLinf: linf[row], distanceL2: l2[row], forwards: forwards[row],
        backwards: backwards[row])
    }
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
    return Threat(norm: norm, epsilon: epsilon, bounds: bounds)
  }
}
