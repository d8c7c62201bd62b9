import HDF5
public import Networks

/// The gradients of a summed loss with respect to images. The file: `/gradient` float32 N×C×H×W or N×D with the attribute
/// `layout`, `/loss` float64, `/labels`, `/index`; the attribute `loss` of the root names the loss.
public struct Gradients: Sendable, Equatable {
  /// The gradients `[N, C, H, W]`.
  public let gradient: Tensor<Float>
  /// The loss of each example.
  public let losses: [Double]
  /// The class of each example.
  public let labels: [Int]
  /// The index of each example in its split.
  public let ids: [Int]
  /// The name of the loss.
  public let loss: String
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
  public func write(to path: String) throws(ExchangeError) {
    try exchanging(path) {
      try checkRows(
        [
          ("gradient", gradient.exampleCount), ("loss", losses.count), ("labels", labels.count), ("index", ids.count),
        ], file: path)
      if NumPyArchive.isMeant(by: path) { return try archive().write(to: path) }
      try File.write(atomicallyTo: path) { root in
        try provenance.write(.gradients, to: root.attributes)
        try root.attributes.set("loss", to: loss)
        try root.writeImages("gradient", gradient)
        try root.write("loss", losses)
        try root.write("labels", labels)
        try root.write("index", ids)
      }
    }
  }

  private func archive() throws -> NumPyArchive {
    var archive = NumPyArchive()
    try provenance.write(.gradients, to: &archive)
    archive.add("gradient", gradient.scalars, shape: gradient.shape.extents)
    // The root has it as an attribute, beside the array of the same name.
    archive.add("loss_name", loss)
    archive.add("loss", losses)
    archive.add("labels", labels)
    archive.add("index", ids)
    return archive
  }

  /// Reads gradients.
  public static func read(from path: String) throws(ExchangeError) -> Gradients {
    try exchanging(path) {
      let root = try File(reading: path).root
      let provenance = try Provenance(.attributes(root.attributes), of: .gradients, file: path)
      let reader = ResultReader(root: root, file: path)
      let gradient = try reader.images("gradient")
      let count = gradient.exampleCount
      return Gradients(
        gradient: gradient, losses: try reader.column("loss", count, as: Double.self),
        labels: try reader.column("labels", count, as: Int.self), ids: try reader.column("index", count, as: Int.self),
        loss: try root.attributes.string("loss") ?? "", provenance: provenance)
    }
  }
}
