import HDF5
import Networks

/// Where results are written, name by name: the root of an HDF5 file, or a NumPy archive.
protocol ResultWriter {
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
  /// Images or feature vectors.
  mutating func write(_ name: String, images: Tensor<Float>) throws
  /// A row of numbers for each example.
  mutating func write(_ name: String, rows: Tensor<Float>) throws
  /// A number for each example.
  mutating func write(_ name: String, column: [Int]) throws
  /// A number for each example.
  mutating func write(_ name: String, column: [Double]) throws
  /// A small number for each example.
  mutating func write(_ name: String, column: [UInt8]) throws
  /// A code for each example, and the names of the codes 0, 1, 2, ….
  mutating func write(_ name: String, codes: [UInt8], names: [String]) throws
}

/// The root of an HDF5 file: metadata of the whole file are its attributes.
struct HDF5ResultWriter: ResultWriter {
  let root: Group

  func record(_ provenance: Provenance, _ format: FileFormat) throws {
    try provenance.write(format, to: root.attributes)
  }

  func record(_ name: String, _ text: String) throws { try root.attributes.set(name, to: text) }
  func record(_ name: String, _ texts: [String]) throws { try root.attributes.set(name, to: texts) }
  func record(_ name: String, _ number: Double) throws { try root.attributes.set(name, to: number) }
  func record(_ name: String, _ number: Int) throws { try root.attributes.set(name, to: number) }
  func record(_ name: String, _ box: PixelBox) throws { try root.attributes.set(name, to: box) }
  func record(besideColumn name: String, _ text: String) throws { try root.attributes.set(name, to: text) }
  func write(_ name: String, images: Tensor<Float>) throws { try root.writeImages(name, images) }

  func write(_ name: String, rows: Tensor<Float>) throws {
    try root.write(name, rows.scalars, shape: rows.shape.extents)
  }

  func write(_ name: String, column: [Int]) throws { try root.write(name, column) }
  func write(_ name: String, column: [Double]) throws { try root.write(name, column) }
  func write(_ name: String, column: [UInt8]) throws { try root.write(name, column) }

  func write(_ name: String, codes: [UInt8], names: [String]) throws {
    try root.write(name, codes).attributes.set("names", to: names)
  }
}

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

  mutating func write(_ name: String, images: Tensor<Float>) { write(name, rows: images) }

  mutating func write(_ name: String, rows: Tensor<Float>) {
    add(name, rows.scalars, shape: rows.shape.extents)
  }

  mutating func write(_ name: String, column: [Int]) { add(name, column) }
  mutating func write(_ name: String, column: [Double]) { add(name, column) }
  mutating func write(_ name: String, column: [UInt8]) { add(name, column) }

  mutating func write(_ name: String, codes: [UInt8], names: [String]) {
    add(name, codes)
    add(name + "_names", names)
  }

  /// A text cannot have the name of an array there.
  static func textName(ofColumn name: String) -> String { name + "_name" }
}
