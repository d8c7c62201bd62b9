import HDF5
import Networks

/// Reads the arrays of a result file, all of which have one row per example.
struct ResultReader {
  let root: Group
  let file: String

  func has(_ name: String) throws(HDF5Error) -> Bool {
    try root.kind(of: name) != nil
  }

  /// One number per example.
  func column<Value: Number>(_ name: String, _ count: Int, as type: Value.Type) throws -> [Value] {
    let dataset = try root.dataset(name)
    guard dataset.shape == [count] else {
      throw ExchangeError(
        file: file, object: dataset.path, expected: "\(count) numbers, one for each example",
        found: "the shape \(Shape(dataset.shape))")
    }
    return try dataset.read(as: type)
  }

  /// Images in single precision, channels first, or feature vectors.
  func images(_ name: String) throws -> Tensor<Float> {
    let dataset = try root.dataset(name)
    let layout = try dataset.attributes.string("layout")
    guard let layout, let rank = [ImageLayout.channelsFirst, .flat].first(where: { $0.rawValue == layout })?.rank else {
      throw ExchangeError(
        file: file, object: dataset.path, expected: "the attribute layout to be NCHW or ND", found: layout ?? "none")
    }
    return try tensor(dataset, file: file, expected: rank == 4 ? "N×C×H×W" : "N×D") { $0.rank == rank && $0.count > 0 }
  }
}

extension Group {
  /// Writes images or vectors, which compress where their pixels are few or flat.
  func writeImages(_ name: String, _ images: Tensor<Float>) throws(HDF5Error) {
    let written = try write(name, images.scalars, shape: images.shape.extents, storage: .compressed())
    try written.attributes.set("layout", to: ImageLayout(of: images).rawValue)
  }
}

/// Refuses to write arrays that have not one row per example.
func checkRows(_ rows: [(name: String, count: Int)], file: String) throws(ExchangeError) {
  for (name, count) in rows where count != rows[0].count {
    throw ExchangeError(
      kind: .cannotWrite, file: file, object: "/\(name)",
      message: "expected \(rows[0].count) rows, as in /\(rows[0].name), found \(count)")
  }
}
