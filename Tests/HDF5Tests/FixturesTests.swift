import HDF5
import Testing

@Suite(.enabled(if: Fixtures.exist, Comment(rawValue: Fixtures.absence)))
struct FixturesTests {
  @Test(arguments: Fixtures.names(extensions: ["h5", "mat"]))
  func everyFileOfOtherToolsReads(name: String) throws {
    let (datasets, elements) = try readEverything(File(reading: Fixtures.path(name)))
    #expect(datasets > 0 && elements > 0)
  }

  @Test(arguments: ["enc_be", "enc_gzip", "enc_libver_latest", "enc_maxshape", "enc_f16", "enc_lzf"])
  func encodingsOfTheSameWeightsAgree(name: String) throws {
    let reference = try File(reading: Fixtures.path("k3_lenet.weights.h5")).root
    let other = try File(reading: Fixtures.path(name + ".weights.h5")).root
    let paths = try reference.walk().filter { $0.kind == .dataset }.map(\.path)
    #expect(paths.count == 10)
    for path in paths {
      let expected = try reference.dataset(path).read(as: Float.self)
      let found = try other.dataset(path).read(as: Float.self)
      // A half has 11 significant bits, so rounding to it moves a normal number by at most 2^-11 of itself, and a
      // subnormal one by at most 2^-25.
      let tolerance: Float = name == "enc_f16" ? 0x1p-11 : 0
      let worst = zip(expected, found).map { abs($0 - $1) - tolerance * abs($0) }.max() ?? .infinity
      #expect(expected.count == found.count && worst <= (name == "enc_f16" ? 0x1p-25 : 0), "\(path): \(worst)")
    }
  }

  @Test func typesAreDescribedAsStored() throws {
    let half = try File(reading: Fixtures.path("enc_f16.weights.h5")).root
    #expect(try half.dataset("layers/conv2d/vars/0").elementType == .float(bits: 16))
    let big = try File(reading: Fixtures.path("enc_be.weights.h5")).root
    #expect(try big.dataset("layers/conv2d/vars/0").elementType == .float(bits: 32))
  }

  @Test func kerasAttributesRead() throws {
    let file = try File(reading: Fixtures.path("tf2_lenet.h5")).root
    #expect(try file.attributes.string("backend") == "tensorflow")
    #expect(try file.attributes.string("model_config")?.hasPrefix("{\"class_name\"") == true)
    let weights = try file.group("model_weights")
    let layers = try #require(try weights.attributes.strings("layer_names"))
    #expect(!layers.isEmpty)
    // Layers without weights carry an empty list, stored as an empty array of numbers.
    let counts = try layers.map { try weights.group($0).attributes.strings("weight_names")?.count }
    #expect(counts.contains(0) && counts.contains(2) && !counts.contains(nil))
  }

  @Test func fixedLengthTextReads() throws {
    let matlab = try File(reading: Fixtures.path("ds_svhn73.mat")).root
    #expect(try matlab.children().map(\.path) == ["X", "y"])
    #expect(try matlab.dataset("X").attributes.string("MATLAB_class") == "uint8")
    let groups = try File(reading: Fixtures.path("ds_groups.h5")).root
    #expect(try groups.attributes.strings("class_names") == ["airplane", "automobile", "bird"])
    #expect(try groups.group("test").attributes.string("source") == "synth é")
  }

  @Test func bigEndianNumbersOfAnyWidthRead() throws {
    let root = try File(reading: Fixtures.path("ds_be.h5")).root
    let images = try root.dataset("x_test")
    #expect(images.elementType == .float(bits: 64) && images.shape == [8, 8, 8, 3])
    let labels = try root.dataset("y_test")
    #expect(labels.elementType == .integer(bits: 16, signed: true))
    #expect(try labels.read(as: Int64.self).allSatisfy { (0..<10).contains($0) })
    #expect(try labels.read(as: UInt8.self).map(Double.init) == labels.read(as: Double.self))
  }

  @Test func readsFromMemory() throws {
    let image = try bytes(of: Fixtures.path("k3_lenet.weights.h5"))
    // Two images of one name must not be taken for one file.
    let first = try File(image: image, name: "model.weights.h5")
    let other = try bytes(of: Fixtures.path("k3_resnet.weights.h5"))
    let second = try File(image: other, name: "model.weights.h5")
    #expect(try readEverything(first).datasets == 10)
    #expect(try readEverything(second).datasets > 10)
    let error = failure { _ = try File(image: Array(image.prefix(5000)), name: "part") }
    #expect(error?.reason == .truncated && error?.file == "part")
  }
}
