public import Networks

/// The logits of a model on a dataset.
public struct Predictions: Sendable, Equatable {
  /// The logits `[N, K]`.
  public internal(set) var logits: Tensor<Float>
  /// The class of each example.
  public internal(set) var labels: [Int]
  /// The index of each example in its split.
  public internal(set) var ids: [Int]
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
  public func write(to path: String) throws(ExchangeError) { try writeWhole(to: path) }

  /// Reads predictions from a file of either form.
  public static func read(from path: String) throws(ExchangeError) -> Predictions { try readColumns(from: path) }
}

extension Predictions: ColumnFile {
  static var format: FileFormat { .predictions }

  /// What the file holds.
  static var columns: [ResultColumn<Predictions>] {
    [.rows("logits", \.logits), .integers("labels", \.labels), .integers("index", \.ids)]
  }

  /// A result without examples: the records of a whole file.
  package init(provenance: Provenance) {
    self.init(logits: Tensor(shape: [0, 0]), labels: [], ids: [], provenance: provenance)
  }
}
