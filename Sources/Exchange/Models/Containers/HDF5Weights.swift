import HDF5
import Networks

/// An HDF5 file of weights: names are dotted, or nested groups.
struct HDF5Weights: TensorContainer {
  static let name = "HDF5"

  let tensors: [(components: [String], tensor: any StoredTensor)]
  let keepsOrder: Bool
  let architecture: String?

  /// The attribute of the root in which a file of the lab keeps the network.
  static let architectureAttribute = "architecture"

  static func recognises(_ path: String) -> Bool { (try? File(reading: path)) != nil }

  init(_ path: String) throws {
    let root = try File(reading: path).root
    let paths = try root.walk().filter { $0.kind == .dataset }.map(\.path)
    tensors = try paths.map { path in
      let dataset = try root.dataset(path)
      let isMATLAB = try dataset.attributes.description(of: "MATLAB_class") != nil
      return (
        path.split(whereSeparator: { $0 == "/" || $0 == "." }).map(String.init),
        HDF5Tensor(dataset: dataset, reversesAxes: isMATLAB)
      )
    }
    keepsOrder = paths != paths.sorted { Self.listingKey($0).lexicographicallyPrecedes(Self.listingKey($1)) }
    architecture = try root.attributes.string(Self.architectureAttribute)
  }

  /// A key that sorts as the HDF5 library lists a file without creation order: byte by byte, group by group.
  private static func listingKey(_ path: String) -> [UInt8] {
    path.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 }
  }

  /// Writes tensors in their order, one dataset each.
  static func write(_ tensors: [NamedTensor], architecture: String, to path: String) throws {
    try File.write(atomicallyTo: path) { root in
      try root.attributes.set(architectureAttribute, to: architecture)
      for named in tensors {
        switch named.values {
        case .floats(let tensor): try root.write(named.name, tensor.scalars, shape: tensor.shape.extents)
        case .counter(let value): try root.write(named.name, [value], shape: [])
        }
      }
    }
  }
}

/// One dataset.
private struct HDF5Tensor: StoredTensor {
  let dataset: HDF5Dataset
  let reversesAxes: Bool

  var path: String { dataset.path }
  var shape: Shape { Shape(dataset.shape) }
  var typeName: String { "\(dataset.elementType)" }
  var isFloatingPoint: Bool { dataset.elementType.isFloatingPoint }

  func scalars() throws -> [Float] { try dataset.read(as: Float.self) }
  func preciseScalars() throws -> [Double] { try dataset.read(as: Double.self) }
}
