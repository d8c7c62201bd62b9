import Compute
import Exchange
import Glibc
import HDF5
import Networks

/// What ships with the lab, and small files made of it.
enum SampleFiles {
  /// The directory of what ships with the lab.
  static let data = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/Data"
  static let digits = data + "/digits.h5"
  static let model = data + "/digits-cnn.h5"

  /// A file too large or too foreign to be kept with the tests: beside the package, or where `ADVLAB_SHARED` says. Nil
  /// (and a line that says so) where it is not there.
  static func shared(_ name: String) -> String? {
    let directory = getenv("ADVLAB_SHARED").map { String(cString: $0) } ?? data + "/../../shared"
    guard access("\(directory)/\(name)", R_OK) == 0 else {
      print("Skipped: there is no \(name) in \(directory) (set ADVLAB_SHARED).")
      return nil
    }
    return "\(directory)/\(name)"
  }

  /// The digits' test images.
  static func testImages(count: Int? = nil) throws -> Exchange.Dataset {
    try Exchange.Dataset.read(from: digits, DatasetSelection(count: count))
  }

  /// The model that ships with the lab.
  static func classifier() throws -> CompiledModel {
    let file = try ModelFile.read(from: model)
    return try CompiledModel(network: file.network, parameters: file.parameters)
  }

  /// A dataset's file as another program might write it: nothing but `x_test` and `y_test`.
  @discardableResult
  static func write(
    _ name: String, in directory: ScratchDirectory, shape: [Int] = [4, 1, 8, 8], pixels: [Float]? = nil,
    labels: [Int64] = [0, 1, 2, 3], change: (Group) throws -> Void = { _ in }
  ) throws -> String {
    let path = directory.file(name)
    try File.write(atomicallyTo: path) { root in
      let count = shape.reduce(1, *)
      try root.write("x_test", pixels ?? (0..<count).map { Float($0 % 17) / 16 }, shape: shape)
      try root.write("y_test", labels)
      try change(root)
    }
    return path
  }

  /// Digits with the labels given.
  static func write(
    _ name: String, in directory: ScratchDirectory, of data: Exchange.Dataset, labels: [Int]
  ) throws -> String {
    try write(
      name, in: directory, shape: data.images.shape.extents, pixels: data.images.scalars,
      labels: labels.map(Int64.init))
  }

  /// A model's file with fresh weights.
  @discardableResult
  static func writeModel(
    _ name: String, in directory: ScratchDirectory, architecture: String = "tinycnn", inputShape: Shape = [1, 8, 8],
    classCount: Int = 10, change: (inout Parameters) -> Void = { _ in }
  ) throws -> String {
    let network = try Architectures.network(architecture, inputShape: inputShape, classCount: classCount)
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    change(&parameters)
    try ModelFile(network: network, parameters: parameters).write(to: directory.file(name))
    return directory.file(name)
  }
}
