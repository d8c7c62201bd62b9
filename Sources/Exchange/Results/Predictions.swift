import HDF5
public import Networks

/// The logits of a model on a dataset. The file: `/logits` float32 N×K, `/labels`, `/index`.
public struct Predictions: Sendable, Equatable {
  /// The logits `[N, K]`.
  public let logits: Tensor<Float>
  /// The class of each example.
  public let labels: [Int]
  /// The index of each example in its split.
  public let ids: [Int]
  /// What wrote the file.
  public let provenance: Provenance

  /// Creates predictions. Whether the parts fit together is checked when they are written.
  public init(logits: Tensor<Float>, labels: [Int], ids: [Int], provenance: Provenance) {
    self.logits = logits
    self.labels = labels
    self.ids = ids
    self.provenance = provenance
  }

  /// Writes the predictions; a file that is replaced stays as it is until the new one is complete. Where the name
  /// ends in `.npz`, it becomes a NumPy archive.
  public func write(to path: String) throws(ExchangeError) {
    try exchanging(path) {
      try checkRows([("logits", logits.exampleCount), ("labels", labels.count), ("index", ids.count)], file: path)
      if NumPyArchive.isMeant(by: path) { return try archive().write(to: path) }
      try File.write(atomicallyTo: path) { root in
        try provenance.write(.predictions, to: root.attributes)
        try root.write("logits", logits.scalars, shape: logits.shape.extents)
        try root.write("labels", labels)
        try root.write("index", ids)
      }
    }
  }

  private func archive() throws -> NumPyArchive {
    var archive = NumPyArchive()
    try provenance.write(.predictions, to: &archive)
    archive.add("logits", logits.scalars, shape: logits.shape.extents)
    archive.add("labels", labels)
    archive.add("index", ids)
    return archive
  }

  /// Reads predictions.
  public static func read(from path: String) throws(ExchangeError) -> Predictions {
    try exchanging(path) {
      let root = try File(reading: path).root
      let provenance = try Provenance(.attributes(root.attributes), of: .predictions, file: path)
      let reader = ResultReader(root: root, file: path)
      let logits = try tensor(try root.dataset("logits"), file: path, expected: "N×K") { $0.rank == 2 && $0.count > 0 }
      return Predictions(
        logits: logits, labels: try reader.column("labels", logits.exampleCount, as: Int.self),
        ids: try reader.column("index", logits.exampleCount, as: Int.self), provenance: provenance)
    }
  }
}
