/// The globals, functions and classes of Python, that a pickle may name. The list is closed: what is not on it is
/// refused by its name, and what is on it is only understood, never called.
package enum PickleGlobal: Hashable, Sendable {
  /// A class of dictionaries.
  case dictionary
  /// `bytes` or `bytearray`.
  case bytes
  /// A class or function without meaning here: settings of a program, classes of numbers.
  case inert
  /// `_codecs.encode`, by which protocol 2 writes bytes.
  case encode

  /// A tensor of a storage that knows its type, offset, extents and strides.
  case tensor
  /// The same of bytes, with a type.
  case typedTensor
  /// A parameter around a tensor.
  case parameter
  /// A tensor or parameter with attributes.
  case attributedTensor
  /// `torch.Tensor` or `torch.nn.Parameter`.
  case tensorClass
  case size
  /// A storage of numbers of a type.
  case storage(StoredElement)
  /// A storage of bytes.
  case untypedStorage
  case type(StoredElement)

  /// NumPy's way to make an array, which then gets its state.
  case array
  /// NumPy's way to make an array of bytes in protocol 5.
  case arrayOfBytes
  case arrayClass
  /// `numpy.dtype`.
  case arrayType

  /// The global of a name with its module, such as `collections.OrderedDict`.
  init?(_ name: String) {
    guard let known = Self.known[name] else { return nil }
    self = known
  }

  private static let known: [String: PickleGlobal] = {
    var known: [String: PickleGlobal] = [:]
    for (global, names) in names { for name in names { known[name] = global } }
    for (element, storage, types) in elements {
      known["torch.\(storage)Storage"] = .storage(element)
      for type in types { known["torch.\(type)"] = .type(element) }
    }
    // Python 2 has another module of its own, NumPy 1 another one of its arrays.
    for (name, global) in known {
      if name.hasPrefix("builtins.") { known["__builtin__.\(name.dropFirst(9))"] = global }
      if name.hasPrefix("numpy._core.") { known["numpy.core.\(name.dropFirst(12))"] = global }
    }
    return known
  }()

  private static let names: [(PickleGlobal, [String])] = [
    (.dictionary, ["collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict"]),
    (.bytes, ["builtins.bytes", "builtins.bytearray"]),
    (
      .inert,
      [
        "argparse.Namespace", "builtins.bool", "builtins.float", "builtins.frozenset", "builtins.int", "builtins.list",
        "builtins.long", "builtins.object", "builtins.set", "builtins.str", "builtins.tuple", "builtins.unicode",
        "numpy._core.multiarray.scalar", "torch.device", "torch.torch_version.TorchVersion",
      ]
    ),
    (.encode, ["_codecs.encode"]),
    (.tensor, ["torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"]),
    (.typedTensor, ["torch._utils._rebuild_tensor_v3"]),
    (.parameter, ["torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"]),
    (.attributedTensor, ["torch._tensor._rebuild_from_type_v2"]),
    (
      .tensorClass,
      ["torch.Tensor", "torch.nn.Parameter", "torch.nn.parameter.Buffer", "torch.nn.parameter.Parameter"]
    ),
    (.size, ["torch.Size"]),
    (.untypedStorage, ["torch.UntypedStorage", "torch.storage.UntypedStorage"]),
    (.array, ["numpy._core.multiarray._reconstruct"]),
    (.arrayOfBytes, ["numpy._core.numeric._frombuffer"]),
    (.arrayClass, ["numpy.ndarray"]),
    (.arrayType, ["numpy.dtype"]),
  ]

  /// The types of numbers, with the names of their storages and types in PyTorch.
  private static let elements: [(StoredElement, storage: String, types: [String])] = [
    (.float64, "Double", ["float64", "double"]), (.float32, "Float", ["float32", "float"]),
    (.float16, "Half", ["float16", "half"]), (.bfloat16, "BFloat16", ["bfloat16"]),
    (.int64, "Long", ["int64", "long"]), (.int32, "Int", ["int32", "int"]), (.int16, "Short", ["int16", "short"]),
    (.int8, "Char", ["int8"]), (.uint8, "Byte", ["uint8"]), (.bool, "Bool", ["bool"]),
  ]

  /// What a name that is not on the list stands for, as messages say it.
  static func refused(_ name: String) -> String {
    let quoted = "'\(name.prefix(96))\(name.count > 96 ? "…" : "")'"
    switch name {
    case _ where name.contains("_rebuild_sparse"): return "a sparse tensor (\(quoted))"
    case _ where name.contains("_rebuild_qtensor") || name.hasPrefix("torch.Q"): return "a quantised tensor (\(quoted))"
    case _ where name.hasPrefix("torch.Complex") || name.hasPrefix("torch.complex"):
      return "a tensor of complex numbers (\(quoted))"
    case _ where name.hasPrefix("torch.uint") || name.hasPrefix("torch.float"):
      return "a tensor of other numbers (\(quoted))"
    case _ where name.contains("_rebuild_meta_tensor"): return "a meta tensor, which has no numbers (\(quoted))"
    case _ where name.hasPrefix("__torch__"): return "a class of TorchScript (\(quoted))"
    case _ where name.hasPrefix("torch.nn."): return "a whole module (\(quoted)), which only code can bring back"
    default:
      return "\(quoted), which only code can bring back, as it would a whole module or an object of another class"
    }
  }
}
