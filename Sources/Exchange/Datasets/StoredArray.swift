import HDF5
import Networks

/// A named array of a file, of HDF5, NumPy or text, that is read by ranges of rows.
struct StoredArray {
  private enum Content {
    case hdf5(HDF5Dataset)
    case numPy(NumPyArray)
    case text([Int])
  }

  /// The path in its file, or the name of its own file without extension.
  let path: String
  let place: Dataset.Origin.Place
  let shape: [Int]
  let elementType: ElementType
  /// Whether MATLAB wrote it, which reverses the axes.
  let isMATLAB: Bool
  /// The order of its axes, as an attribute states it.
  let statedLayout: String?
  /// The range of valid pixels, as an attribute states it.
  let statedRange: StatedBox?

  private let content: Content

  /// An array of an HDF5 file; attributes of the file apply where the array has none.
  init(_ dataset: HDF5Dataset, path: String, of root: Group, file: String) throws {
    self.path = path
    place = Dataset.Origin.Place(file: file, object: dataset.path)
    shape = dataset.shape
    elementType = dataset.elementType
    isMATLAB = try dataset.attributes.description(of: "MATLAB_class") != nil
    statedLayout = try dataset.attributes.string("layout") ?? root.attributes.string("layout")
    statedRange =
      try dataset.attributes.statedBox("pixel_range") ?? root.attributes.statedBox("pixel_range")
    content = .hdf5(dataset)
  }

  /// An array of a NumPy file.
  init(_ array: NumPyArray, name: String, file: String, isMember: Bool) {
    path = name
    place = Dataset.Origin.Place(file: file, object: isMember ? name : nil)
    shape = array.shape
    elementType = array.elementType
    isMATLAB = false
    statedLayout = nil
    statedRange = nil
    content = .numPy(array)
  }

  /// A column of whole numbers of a text.
  init(_ text: LabelText, file: String) {
    path = Dataset.name(ofPath: file)
    place = Dataset.Origin.Place(file: file)
    shape = [text.labels.count]
    elementType = .integer(bits: Int.bitWidth, signed: true)
    isMATLAB = false
    statedLayout = nil
    statedRange = nil
    content = .text(text.labels)
  }

  /// The elements of some rows.
  func rows<Value: Number & NumPyConvertible>(_ rows: Range<Int>, as type: Value.Type) throws -> [Value] {
    switch content {
    case .hdf5(let dataset): try dataset.readRows(rows, as: type)
    case .numPy(let array): try array.rows(rows, as: type)
    case .text(let numbers): numbers[rows].compactMap { Value(whole: $0) }
    }
  }
}
