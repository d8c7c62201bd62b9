public import Networks

/// The tensors of a file of weights other than HDF5, one by one, for those who want to see them.
public struct TensorListing: Sendable {
  /// A tensor.
  public struct Member: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its extents.
    public let shape: [Int]
    /// The type of its numbers, as the file has it.
    public let type: String
  }

  /// The kind of file.
  public let kind: String
  /// The tensors, in the order of the file.
  public let tensors: [Member]
  /// Which weights were taken, where there are others.
  public let notes: [Note]

  /// Lists a file; nil where it is HDF5, or left to libhdf5 to refuse.
  public init?(_ path: String) throws(ExchangeError) {
    guard !TensorContainers.isHDF5(path) else { return nil }
    let container = try exchanging(path) { try TensorContainers.open(path) }
    kind = type(of: container).name
    notes = container.notes
    tensors = container.tensors.map { components, tensor in
      Member(name: components.joined(separator: "."), shape: tensor.shape.extents, type: tensor.typeName)
    }
  }
}
