import Networks

extension TorchArchive {
  /// Writes a state dictionary as `torch.save` does; `torch.load(path, weights_only=True)` reads it. The same tensors
  /// give the same bytes. There is no place for the network.
  ///
  /// - Throws: `ExchangeError` where the file cannot be written, or two tensors have one name.
  package static func write(_ tensors: [NamedTensor], architecture: String, to path: String) throws {
    guard Set(tensors.map(\.name)).count == tensors.count else {
      throw ExchangeError(kind: .cannotWrite, file: path, message: "two tensors have the same name")
    }
    var archive = ZipWriter()
    func append(_ name: String, _ content: [UInt8]) throws {
      try archive.append("archive/\(name)", content, alignment: alignment, path: path)
    }
    try append("data.pkl", pickle(tensors))
    try append("byteorder", Array("little".utf8))
    for (index, entry) in tensors.enumerated() {
      try append("data/\(index)", entry.littleEndianBytes)
    }
    try append("version", Array("3\n".utf8))
    try PlainFile.replace(path, with: archive.finished())
  }

  /// Where storages begin, as PyTorch has them: at multiples of so many bytes.
  private static let alignment = 64

  /// An `OrderedDict` of tensors in protocol 2: each is a call of `_rebuild_tensor_v2` with its storage, offset 0,
  /// extents, strides, no gradient and no hooks.
  private static func pickle(_ tensors: [NamedTensor]) -> [UInt8] {
    var bytes: [UInt8] = []
    func add(_ opcodes: PickleOpcode...) { bytes += opcodes.map(\.rawValue) }
    func addGlobal(_ module: String, _ name: String) {
      add(.global)
      bytes += "\(module)\n\(name)\n".utf8
    }
    func addText(_ text: String) {
      add(.binUnicode)
      bytes += littleEndianBytes(UInt32(text.utf8.count)) + text.utf8
    }
    // An archive has less than 4 GiB, and so all counts and strides fit.
    func addInteger(_ value: Int) {
      add(.binInt)
      bytes += littleEndianBytes(Int32(clamping: value))
    }
    func addTuple(_ values: [Int]) {
      add(.mark)
      values.forEach(addInteger)
      add(.tuple)
    }
    func addDictionary() {
      addGlobal("collections", "OrderedDict")
      add(.emptyTuple, .reduce)
    }
    add(.proto)
    bytes.append(2)
    addDictionary()
    add(.mark)
    for (index, tensor) in tensors.enumerated() {
      addText(tensor.name)
      addGlobal("torch._utils", "_rebuild_tensor_v2")
      add(.mark, .mark)
      addText("storage")
      addGlobal("torch", tensor.isCounter ? "LongStorage" : "FloatStorage")
      addText("\(index)")
      addText("cpu")
      addInteger(tensor.extents.reduce(1, *))
      add(.tuple, .binPersId)
      addInteger(0)
      addTuple(tensor.extents)
      addTuple(rowMajorStrides(tensor.extents))
      add(.newFalse)
      addDictionary()
      add(.tuple, .reduce)
    }
    add(.setItems, .stop)
    return bytes
  }

  private static func rowMajorStrides(_ extents: [Int]) -> [Int] {
    extents.indices.map { extents[($0 + 1)...].reduce(1, *) }
  }
}
