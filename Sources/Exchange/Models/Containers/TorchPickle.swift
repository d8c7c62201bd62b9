import Networks

/// A pickle of PyTorch with what is beside it: the storages of its tensors.
struct TorchPickle {
  /// Where the storages are.
  enum Place {
    /// In entries `X/data/0` and so on of an archive.
    case archive(ZipArchive, folder: String, isBigEndian: Bool, limit: Int)
    /// In the file, so many bytes at an offset, the least significant first.
    case file(InputFile, [String: (offset: Int, size: Int)])
    /// The pickle has none.
    case nowhere
  }

  let pickle: Pickle
  let place: Place

  /// The most calls around that of a tensor: a parameter of one with attributes has two.
  private static let mostWrappers = 4

  /// Whether a value stands for a tensor or an array.
  func isTensor(_ value: PickleValue) -> Bool {
    guard case .call(let global, _, _) = pickle.object(value) else { return false }
    switch global {
    case .tensor, .typedTensor, .parameter, .attributedTensor, .array, .arrayOfBytes: return true
    case .dictionary, .bytes, .inert, .encode, .tensorClass, .size, .storage, .untypedStorage, .type, .arrayClass,
      .arrayType:
      return false
    }
  }

  /// The tensor that a value stands for; nil where it stands for something else.
  func tensor(_ value: PickleValue, path: String) throws(ExchangeError) -> TorchTensor? {
    guard case .call(var global, var arguments, _) = pickle.object(value) else { return nil }
    for _ in 0..<Self.mostWrappers {
      if let inner = try wrapped(global, arguments, path) { (global, arguments) = inner }
    }
    switch global {
    case .parameter, .attributedTensor:
      throw failure(path, "a tensor within at most \(Self.mostWrappers) parameters", "more")
    case .tensor: return try strided(arguments, typed: nil, path)
    case .typedTensor:
      guard arguments.count > 6, case .global(.type(let element)) = pickle.object(arguments[6]) else {
        throw failure(path, "a tensor with its type", "none")
      }
      return try strided(arguments, typed: element, path)
    case .array, .arrayOfBytes:
      guard let array = try pickle.array(value) else { throw failure(path, "a parameter with its tensor", "an array") }
      return try view(of: array, path)
    default: return nil
    }
  }

  /// The call inside that of a parameter or of a tensor with attributes; nil where there is none.
  private func wrapped(
    _ global: PickleGlobal, _ arguments: [PickleValue], _ path: String
  ) throws(ExchangeError) -> (PickleGlobal, [PickleValue])? {
    switch global {
    case .parameter:
      guard let data = arguments.first, isTensor(data), case .call(let inner, let items, _) = pickle.object(data) else {
        throw failure(path, "a parameter with its tensor", "another one")
      }
      return (inner, items)
    case .attributedTensor:
      guard arguments.count > 2, case .global(let inner) = pickle.object(arguments[0]), inner != .attributedTensor,
        case .global(.tensorClass) = pickle.object(arguments[1]), case .tuple(let items) = pickle.object(arguments[2])
      else { throw failure(path, "a tensor or a parameter with attributes", "another class") }
      return (inner, items)
    default: return nil
    }
  }

  /// Storage, offset, extents, strides and perhaps more.
  private func strided(
    _ arguments: [PickleValue], typed: StoredElement?, _ path: String
  ) throws(ExchangeError) -> TorchTensor {
    guard arguments.count >= 4, let offset = arguments[1].integer, let extents = pickle.integers(arguments[2]),
      let strides = pickle.integers(arguments[3])
    else { throw failure(path, "a storage, an offset, extents and strides", "something else") }
    // After those: whether it has a gradient, hooks, a type where the storage has none, and what the bits do not say.
    guard arguments.dropFirst(typed == nil ? 6 : 7).allSatisfy(isNothing) else {
      throw failure(path, "plain numbers", "a view of them with another sign")
    }
    let (storage, viewOffset) = try storage(arguments[0], typed, path)
    let (start, overflow) = offset.addingReportingOverflow(viewOffset)
    guard !overflow else { throw failure(path, "an offset within the storage", "\(offset)") }
    return try TorchTensor(
      path: path, shape: Shape(extents), typeName: "torch.\(storage.element)", storage: storage, offset: start,
      strides: strides, file: pickle.file)
  }

  private func isNothing(_ value: PickleValue) -> Bool {
    if case .none = value { return true }
    return pickle.entries(value)?.isEmpty ?? false
  }

  private func view(of array: PickleArray, _ path: String) throws(ExchangeError) -> TorchTensor {
    let storage = TorchStorage(
      source: .memory(array.bytes), element: array.element, count: array.shape.count, isBigEndian: array.isBigEndian)
    return try TorchTensor(
      path: path, shape: array.shape, typeName: "\(array.element)", storage: storage, offset: 0,
      strides: array.strides, file: pickle.file)
  }

  private func failure(_ path: String, _ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: pickle.file, object: path, expected: expected, found: found)
  }
}

// MARK: - Storages

extension TorchPickle {
  /// A storage as a persistent reference names it: its type, its key, the device it was on, the number of its elements,
  /// and in the old form the part of it that is meant.
  struct Reference {
    /// nil for bytes.
    let element: StoredElement?
    let key: String
    let device: String
    let count: Int
    let viewOffset: Int
  }

  /// The reference that an object of a pickle is; nil where it is something else.
  static func reference(_ object: PickleObject?, in pickle: Pickle) throws(ExchangeError) -> Reference? {
    guard case .persistent(let value) = object else { return nil }
    guard let fields = pickle.items(value), fields.count >= 5, fields[0].text == "storage", let key = fields[2].text,
      let count = fields[4].integer, count >= 0
    else { throw pickle.failure(expected: "references to storages of tensors", found: "other ones") }
    let element: StoredElement?
    switch pickle.object(fields[1]) {
    case .global(.storage(let found)): element = found
    case .global(.untypedStorage): element = nil
    default: throw pickle.failure(expected: "a storage of numbers", found: "another one")
    }
    var offset = 0
    if fields.count > 5, let view = pickle.items(fields[5]) {
      guard view.count == 3, let found = view[1].integer else {
        throw pickle.failure(expected: "a part of a storage", found: "something else")
      }
      offset = found
    }
    return Reference(element: element, key: key, device: fields[3].text ?? "", count: count, viewOffset: offset)
  }

  /// The storage that a value refers to, and where in it the view begins that is meant.
  private func storage(
    _ value: PickleValue, _ typed: StoredElement?, _ path: String
  ) throws(ExchangeError) -> (TorchStorage, viewOffset: Int) {
    guard let reference = try Self.reference(pickle.object(value), in: pickle) else {
      throw failure(path, "a reference to a storage", "something else")
    }
    guard reference.device != "meta" else { throw failure(path, "numbers", "a meta tensor, which has none") }
    guard let element = typed ?? reference.element, typed == nil || reference.element == nil else {
      throw failure(path, "a storage with its type", "another one")
    }
    // A storage without a type counts bytes.
    let count = typed == nil ? reference.count : reference.count / element.byteCount
    let (source, available, isBigEndian) = try source(of: reference.key, path)
    guard count <= available / element.byteCount else {
      throw failure(path, "a storage of \(count) numbers", "\(available) bytes")
    }
    let storage = TorchStorage(source: source, element: element, count: count, isBigEndian: isBigEndian)
    return (storage, reference.viewOffset)
  }

  /// Where the bytes of a storage are, and how many.
  private func source(
    of key: String, _ path: String
  ) throws(ExchangeError) -> (TorchStorage.Source, available: Int, isBigEndian: Bool) {
    switch place {
    case .archive(let archive, let folder, let isBigEndian, let limit):
      let name = "\(folder)/data/\(key)"
      guard let size = archive.size(of: name) else { throw failure(path, "its numbers in \(name)", "no such entry") }
      return (.entry(name, archive, limit: limit), size, isBigEndian)
    case .file(let file, let storages):
      guard let (offset, size) = storages[key] else { throw failure(path, "its storage \(key)", "no such") }
      return (.file(file, offset: offset), size, false)
    case .nowhere: throw failure(path, "its numbers in the file", "a pickle alone")
    }
  }
}
