import HDF5
import Networks

/// Reads the arrays of a result file, all of which have one row per example: of HDF5, or of a NumPy archive.
struct ResultReader {
  private enum Content {
    case hdf5(Group)
    case archive(ZipArchive)
  }

  let file: String
  private let content: Content

  /// Opens a file of either form.
  init(_ path: String) throws {
    file = path
    let isArchive = (try? NumPyFiles.isArchive(path)) == true
    content = isArchive ? .archive(try NumPyFiles.archive(path)) : .hdf5(try File(reading: path).root)
  }

  /// The metadata of the whole file.
  var record: FileRecord {
    switch content {
    case .hdf5(let root): .attributes(root.attributes)
    case .archive(let archive): .members(of: archive, file: file)
    }
  }

  /// A text about the whole file that goes by the name of a column; nil where there is none.
  func text(besideColumn name: String) throws -> String? {
    switch content {
    case .hdf5: try record.text(name)
    case .archive: try record.text(NumPyArchive.textName(ofColumn: name))
    }
  }

  func has(_ name: String) throws -> Bool {
    switch content {
    case .hdf5(let root): try root.kind(of: name) != nil
    case .archive(let archive): NumPyFiles.names(in: archive).contains(name)
    }
  }

  /// The names of the codes of an array, in the order of the codes.
  func names(ofCodes name: String) throws -> [String] {
    switch content {
    case .hdf5(let root): try root.dataset(name).attributes.strings("names") ?? []
    case .archive(let archive): try member(name + "_names", archive, limit: 1 << 20).texts()
    }
  }

  /// One number per example.
  func column<Value: Number & NumPyConvertible>(_ name: String, _ count: Int, as type: Value.Type) throws -> [Value] {
    switch content {
    case .hdf5(let root):
      let dataset = try root.dataset(name)
      try check(dataset.shape, isColumnOf: count, object: dataset.path)
      return try dataset.read(as: type)
    case .archive(let archive):
      let array = try member(name, archive)
      try check(array.shape, isColumnOf: count, object: name)
      return try array.numbers(as: type)
    }
  }

  private func check(_ shape: [Int], isColumnOf count: Int, object: String) throws(ExchangeError) {
    guard shape != [count] else { return }
    throw ExchangeError(
      file: file, object: object, expected: "\(count) numbers, one for each example", found: "the shape \(Shape(shape))"
    )
  }

  /// Images in single precision, channels first, or feature vectors.
  func images(_ name: String) throws -> Tensor<Float> {
    switch content {
    case .hdf5(let root): return try images(try root.dataset(name))
    case .archive(let archive):
      // Without attributes, the number of axes alone distinguishes them.
      return try singlePrecision(try member(name, archive), name, expected: "N×C×H×W or N×D") {
        [2, 4].contains($0.rank)
      }
    }
  }

  /// A row of numbers in single precision for each example.
  func rows(_ name: String) throws -> Tensor<Float> {
    switch content {
    case .hdf5(let root):
      return try tensor(try root.dataset(name), file: file, expected: "N×K") { $0.rank == 2 && $0.count > 0 }
    case .archive(let archive):
      return try singlePrecision(try member(name, archive), name, expected: "N×K") { $0.rank == 2 }
    }
  }

  private func singlePrecision(
    _ array: NumPyArray, _ name: String, expected: String, accepting isAccepted: (Shape) -> Bool
  ) throws -> Tensor<Float> {
    let shape = Shape(array.shape)
    guard array.elementType == .float(bits: 32), isAccepted(shape), shape.count > 0 else {
      throw ExchangeError(
        file: file, object: name, expected: "float32 of shape \(expected)",
        found: "\(array.elementType) of shape \(shape)")
    }
    return Tensor(shape: shape, scalars: try array.numbers(as: Float.self))
  }

  private func images(_ dataset: HDF5Dataset) throws -> Tensor<Float> {
    let layout = try dataset.attributes.string("layout")
    guard let layout, let rank = [ImageLayout.channelsFirst, .flat].first(where: { $0.rawValue == layout })?.rank else {
      throw ExchangeError(
        file: file, object: dataset.path, expected: "the attribute layout to be NCHW or ND", found: layout ?? "none")
    }
    return try tensor(dataset, file: file, expected: rank == 4 ? "N×C×H×W" : "N×D") { $0.rank == rank && $0.count > 0 }
  }

  private func member(
    _ name: String, _ archive: ZipArchive, limit: Int = NumPyFiles.mostArrayBytes
  ) throws(ExchangeError) -> NumPyArray {
    guard let array = try NumPyFiles.member(name, of: archive, file: file, limit: limit) else {
      throw ExchangeError(
        file: file, object: name, expected: "an array of this name",
        found: NumPyFiles.names(in: archive).prefix(8).joined(separator: ", "))
    }
    return array
  }
}

/// Throws unless all arrays have one row per example.
func checkRows(_ rows: [(name: String, count: Int)], file: String) throws(ExchangeError) {
  for (name, count) in rows where count != rows[0].count {
    throw ExchangeError(
      kind: .cannotWrite, file: file, object: "/\(name)",
      message: "expected \(rows[0].count) rows, as in /\(rows[0].name), found \(count)")
  }
}
