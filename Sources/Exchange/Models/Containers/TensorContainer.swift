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

  /// Its scalars, row by row, in single precision. Only for floating-point numbers.
  ///
  /// - Throws: `ExchangeError` where the file does not hold what it announces.
  func scalars() throws -> [Float]

  /// Its scalars in double precision. Only for floating-point numbers.
  ///
  /// - Throws: `ExchangeError` where the file does not hold what it announces.
  func preciseScalars() throws -> [Double]
}

/// A file of named tensors, as `state_dict()` would list them: HDF5, safetensors, an archive of PyTorch.
package protocol TensorContainer: Sendable {
  /// Every array of numbers, weights or not, with its name split at the dots and slashes.
  var tensors: [(components: [String], tensor: any StoredTensor)] { get }
  /// Whether `tensors` are in the order in which the model's code made them.
  var keepsOrder: Bool { get }
}
