import HDF5
import Networks

/// An array of a result file, and where its values are kept: what is written and what is read follow from one list of
/// these.
enum ResultColumn<Result> {
  /// Images or feature vectors in single precision, with the attribute `layout`.
  case images(String, WritableKeyPath<Result, Tensor<Float>>)
  /// A row of numbers in single precision for each example.
  case rows(String, WritableKeyPath<Result, Tensor<Float>>)
  /// A number in double precision for each example.
  case reals(String, WritableKeyPath<Result, [Double]>)
  /// A whole number for each example.
  case integers(String, WritableKeyPath<Result, [Int]>)

  /// The name of the array.
  var name: String {
    switch self {
    case .images(let name, _), .rows(let name, _), .reals(let name, _), .integers(let name, _): name
    }
  }

  /// How many examples it has.
  func count(in result: Result) -> Int {
    switch self {
    case .images(_, let path), .rows(_, let path): result[keyPath: path].exampleCount
    case .reals(_, let path): result[keyPath: path].count
    case .integers(_, let path): result[keyPath: path].count
    }
  }

  func append(_ result: Result, to writer: inout some ResultWriter) throws {
    switch self {
    case .images(let name, let path): try writer.append(name, images: result[keyPath: path])
    case .rows(let name, let path): try writer.append(name, rows: result[keyPath: path])
    case .reals(let name, let path): try writer.append(name, column: result[keyPath: path])
    case .integers(let name, let path): try writer.append(name, column: result[keyPath: path])
    }
  }

  /// Reads the array, of `count` examples; nil of the first one, which is of images or rows.
  func read(into result: inout Result, count: Int?, from reader: ResultReader) throws {
    switch self {
    case .images(let name, let path): result[keyPath: path] = try reader.images(name)
    case .rows(let name, let path): result[keyPath: path] = try reader.rows(name)
    case .reals(let name, let path): result[keyPath: path] = try reader.column(name, count ?? 0, as: Double.self)
    case .integers(let name, let path): result[keyPath: path] = try reader.column(name, count ?? 0, as: Int.self)
    }
  }
}

/// A result file that is nothing but columns, the first of which says how many examples there are.
protocol ColumnFile: StreamedResult {
  static var format: FileFormat { get }
  /// The arrays in their order.
  static var columns: [ResultColumn<Self>] { get }
  /// A text about the whole file that goes by the name of one of its columns.
  static var text: (column: String, path: WritableKeyPath<Self, String>)? { get }
  var provenance: Provenance { get }

  /// A result without examples.
  init(provenance: Provenance)
}

extension ColumnFile {
  static var text: (column: String, path: WritableKeyPath<Self, String>)? { nil }

  package var exampleCount: Int { Self.columns.first?.count(in: self) ?? 0 }

  package func append(to writer: inout some ResultWriter, file: String) throws {
    try checkRows(Self.columns.map { ($0.name, $0.count(in: self)) }, file: file)
    for column in Self.columns { try column.append(self, to: &writer) }
  }

  package func record(to writer: inout some ResultWriter, file: String) throws {
    try writer.record(provenance, Self.format)
    if let text = Self.text { try writer.record(besideColumn: text.column, self[keyPath: text.path]) }
  }

  static func readColumns(from path: String) throws(ExchangeError) -> Self {
    try exchanging(path) {
      let reader = try ResultReader(path)
      var result = Self(provenance: try Provenance(reader.record, of: format, file: path))
      if let text { result[keyPath: text.path] = try reader.text(besideColumn: text.column) ?? "" }
      var count: Int?
      for column in columns {
        try column.read(into: &result, count: count, from: reader)
        count = count ?? column.count(in: result)
      }
      return result
    }
  }
}
