import HDF5
package import Networks

/// Where results are written, name by name: the root of an HDF5 file, or a NumPy archive. Examples are added a range at a
/// time, records about the whole file at any time.
package protocol ResultWriter {
  /// The provenance and format of the file.
  mutating func record(_ provenance: Provenance, _ format: FileFormat) throws
  /// A text about the whole file.
  mutating func record(_ name: String, _ text: String) throws
  /// Texts about the whole file.
  mutating func record(_ name: String, _ texts: [String]) throws
  /// A number about the whole file.
  mutating func record(_ name: String, _ number: Double) throws
  /// A number about the whole file.
  mutating func record(_ name: String, _ number: Int) throws
  /// The range of valid pixels.
  mutating func record(_ name: String, _ box: PixelBox) throws
  /// A text about the whole file that goes by the name of a column.
  mutating func record(besideColumn name: String, _ text: String) throws
  /// Images or feature vectors of more examples.
  mutating func append(_ name: String, images: Tensor<Float>) throws
  /// A row of numbers for each of more examples.
  mutating func append(_ name: String, rows: Tensor<Float>) throws
  /// A number for each of more examples.
  mutating func append(_ name: String, column: [Int]) throws
  /// A number for each of more examples.
  mutating func append(_ name: String, column: [Double]) throws
  /// A small number for each of more examples.
  mutating func append(_ name: String, column: [UInt8]) throws
  /// A code for each of more examples, and the names of the codes 0, 1, 2, ….
  mutating func append(_ name: String, codes: [UInt8], names: [String]) throws
  /// The number of rows of each array that has one for each example.
  var rowCounts: [(name: String, count: Int)] { get }
}

/// The root of an HDF5 file: metadata of the whole file are its attributes.
struct HDF5ResultWriter: ResultWriter {
  private let root: Group
  private let expected: Int
  private var arrays: [(name: String, dataset: GrowingDataset)] = []

  /// Writes to a file that is expected to have so many examples.
  init(root: Group, expecting expected: Int) {
    (self.root, self.expected) = (root, expected)
  }

  func record(_ provenance: Provenance, _ format: FileFormat) throws {
    try provenance.write(format, to: root.attributes)
  }

  func record(_ name: String, _ text: String) throws { try root.attributes.set(name, to: text) }
  func record(_ name: String, _ texts: [String]) throws { try root.attributes.set(name, to: texts) }
  func record(_ name: String, _ number: Double) throws { try root.attributes.set(name, to: number) }
  func record(_ name: String, _ number: Int) throws { try root.attributes.set(name, to: number) }
  func record(_ name: String, _ box: PixelBox) throws { try root.attributes.set(name, to: box) }
  func record(besideColumn name: String, _ text: String) throws { try root.attributes.set(name, to: text) }

  mutating func append(_ name: String, images: Tensor<Float>) throws {
    let layout = ImageLayout(of: images).rawValue
    try append(name, images, .compressed()) { try $0.set("layout", to: layout) }
  }

  mutating func append(_ name: String, rows: Tensor<Float>) throws { try append(name, rows, .plain) }
  mutating func append(_ name: String, column: [Int]) throws { try append(name, numbers: column) }
  mutating func append(_ name: String, column: [Double]) throws { try append(name, numbers: column) }
  mutating func append(_ name: String, column: [UInt8]) throws { try append(name, numbers: column) }

  mutating func append(_ name: String, codes: [UInt8], names: [String]) throws {
    try append(name, numbers: codes) { try $0.set("names", to: names) }
  }

  var rowCounts: [(name: String, count: Int)] { arrays.map { ($0.name, $0.dataset.count) } }

  private mutating func append(
    _ name: String, _ tensor: Tensor<Float>, _ storage: Storage, describe: (Attributes) throws -> Void = { _ in }
  ) throws {
    let shape = tensor.shape.example.extents
    try tensor.withUnsafeScalars { scalars in
      try append(name, scalars, rowShape: shape, storage, describe)
    }
  }

  private mutating func append<Value: Number>(
    _ name: String, numbers: [Value], describe: (Attributes) throws -> Void = { _ in }
  ) throws {
    try numbers.withUnsafeBufferPointer { try append(name, $0, rowShape: [], .plain, describe) }
  }

  /// Adds rows to an array, which is created and described with its first rows.
  private mutating func append<Value: Number>(
    _ name: String, _ values: UnsafeBufferPointer<Value>, rowShape: [Int], _ storage: Storage,
    _ describe: (Attributes) throws -> Void
  ) throws {
    if let index = arrays.firstIndex(where: { $0.name == name }) {
      return try arrays[index].dataset.append(values)
    }
    var dataset = try root.createGrowing(
      name, of: Value.self, rowShape: rowShape, expecting: expected, storage: storage)
    try describe(dataset.attributes)
    try dataset.append(values)
    arrays.append((name, dataset))
  }
}

/// The whole archive is in memory until it is complete.
extension NumPyArchive: ResultWriter {
  mutating func record(_ provenance: Provenance, _ format: FileFormat) throws {
    try provenance.write(format, to: &self)
  }

  mutating func record(_ name: String, _ text: String) { add(name, text) }
  mutating func record(_ name: String, _ texts: [String]) { add(name, texts) }
  mutating func record(_ name: String, _ number: Double) { add(name, [number]) }
  mutating func record(_ name: String, _ number: Int) { add(name, [number]) }
  mutating func record(_ name: String, _ box: PixelBox) { add(name, box.ends, shape: box.endsShape) }

  mutating func record(besideColumn name: String, _ text: String) { add(Self.textName(ofColumn: name), text) }

  mutating func append(_ name: String, images: Tensor<Float>) { append(name, rows: images) }

  mutating func append(_ name: String, rows: Tensor<Float>) {
    append(name, rows.scalars, rowShape: rows.shape.example.extents)
  }

  mutating func append(_ name: String, column: [Int]) { append(name, column) }
  mutating func append(_ name: String, column: [Double]) { append(name, column) }
  mutating func append(_ name: String, column: [UInt8]) { append(name, column) }

  mutating func append(_ name: String, codes: [UInt8], names: [String]) {
    if append(name, codes) { add(name + "_names", names) }
  }

  /// A text cannot have the name of an array there.
  static func textName(ofColumn name: String) -> String { name + "_name" }
}
