package import Networks

/// One array of numbers in a file of weights.
package protocol StoredTensor: Sendable {
  /// Its path or name in the file, as messages show it.
  var path: String { get }
  /// Its extents, in the order in which its scalars are read.
  var shape: Shape { get }
  /// Its type as the file has it: `F32`, `torch.bfloat16`, `float64`.
  var typeName: String { get }
  /// Whether it holds floating-point numbers, as weights do; counters and indices do not.
  var isFloatingPoint: Bool { get }
  /// Whether the tool that wrote it keeps the axes of arrays in the reverse order, as MATLAB does.
  var reversesAxes: Bool { get }

  /// Its scalars, row by row, in single precision. Only for floating-point numbers.
  ///
  /// - Throws: `ExchangeError` where the file does not hold what it announces.
  func scalars() throws -> [Float]

  /// Its scalars in double precision. Only for floating-point numbers.
  ///
  /// - Throws: `ExchangeError` where the file does not hold what it announces.
  func preciseScalars() throws -> [Double]
}

extension StoredTensor {
  package var reversesAxes: Bool { false }
}

/// A file of named tensors, as `state_dict()` would list them: HDF5, safetensors, an archive of PyTorch, JSON.
package protocol TensorContainer: Sendable {
  /// What the kind of file is called.
  static var name: String { get }

  /// Whether a file is one of these, by its content and not by its name.
  static func recognises(_ path: String) -> Bool

  /// Opens a file.
  ///
  /// - Throws: `ExchangeError` where it is damaged, or holds what is not read.
  init(_ path: String) throws

  /// Writes tensors in their order, and the network as AdvLab's own JSON where the form has a place for it.
  ///
  /// - Throws: `ExchangeError`, `HDF5Error`.
  static func write(_ tensors: [NamedTensor], architecture: String, to path: String) throws

  /// Every array of numbers, weights or not, with its name split at the dots and slashes.
  var tensors: [(components: [String], tensor: any StoredTensor)] { get }
  /// Whether `tensors` are in the order in which the model's code made them.
  var keepsOrder: Bool { get }
  /// The network as AdvLab's own JSON, where the lab wrote the file and its form has a place for it.
  var architecture: String? { get }
  /// What the user is told about the choice of tensors.
  var notes: [Note] { get }
}

extension TensorContainer {
  package var architecture: String? { nil }
  package var notes: [Note] { [] }
}

/// The kinds of containers that are read.
enum TensorContainers {
  /// Those that are recognised by their first bytes; every other file is HDF5, or an error of libhdf5.
  static let recognised: [any TensorContainer.Type] = [SafetensorsFile.self, TorchArchive.self, JSONWeights.self]

  /// Whether a file is left to libhdf5, which says what is wrong with one that is none.
  static func isHDF5(_ path: String) -> Bool { !recognised.contains { $0.recognises(path) } }

  /// Opens a file of weights.
  ///
  /// - Throws: `ExchangeError`, `HDF5Error`.
  static func open(_ path: String) throws -> any TensorContainer {
    try (recognised.first { $0.recognises(path) } ?? HDF5Weights.self).init(path)
  }
}
