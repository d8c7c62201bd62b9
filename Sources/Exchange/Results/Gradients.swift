public import Networks

/// The gradients of a summed loss with respect to images.
public struct Gradients: Sendable, Equatable {
  /// The gradients `[N, C, H, W]` or `[N, D]`.
  public internal(set) var gradient: Tensor<Float>
  /// The loss of each example.
  public internal(set) var losses: [Double]
  /// The class of each example.
  public internal(set) var labels: [Int]
  /// The index of each example in its split.
  public internal(set) var ids: [Int]
  /// The name of the loss.
  public package(set) var loss: String
  /// What wrote the file.
  public let provenance: Provenance

  /// Creates gradients. Whether the parts fit together is checked when they are written.
  public init(
    gradient: Tensor<Float>, losses: [Double], labels: [Int], ids: [Int], loss: String, provenance: Provenance
  ) {
    self.gradient = gradient
    self.losses = losses
    self.labels = labels
    self.ids = ids
    self.loss = loss
    self.provenance = provenance
  }

  /// Writes the gradients; a file that is replaced stays as it is until the new one is complete. Where the name ends in
  /// `.npz`, it becomes a NumPy archive.
  public func write(to path: String) throws(ExchangeError) { try writeWhole(to: path) }

  /// Reads gradients from a file of either form.
  public static func read(from path: String) throws(ExchangeError) -> Gradients { try readColumns(from: path) }
}

extension Gradients: ColumnFile {
  static var format: FileFormat { .gradients }

  /// What the file holds.
  static var columns: [ResultColumn<Gradients>] {
    [
      .images("gradient", \.gradient), .reals("loss", \.losses), .integers("labels", \.labels),
      .integers("index", \.ids),
    ]
  }

  /// The name of the loss: the attribute `loss` of the root, in an archive the member `loss_name`.
  static var text: (column: String, path: WritableKeyPath<Gradients, String>)? { ("loss", \.loss) }

  /// A result without examples: the records of a whole file.
  package init(provenance: Provenance) {
    self.init(gradient: Tensor(shape: [0, 0]), losses: [], labels: [], ids: [], loss: "", provenance: provenance)
  }
}
