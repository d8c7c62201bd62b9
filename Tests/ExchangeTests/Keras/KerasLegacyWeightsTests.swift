import Exchange
import HDF5
import Networks
import TestSupport
import Testing

/// Legacy weight files, made here in the ways that Keras and h5py make them.
struct KerasLegacyWeightsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Dense layers of two inputs and two outputs; the first scalar of each kernel is its number.
  private func architecture(_ names: [String]) throws -> String {
    let layers = names.map { KerasText.layer("Dense", $0, "\"units\": 2") }
    return try directory.write("a.json", Array(KerasText.sequential([KerasText.input([2])] + layers).utf8))
  }

  private func kernel(_ number: Int) -> [Float] { [Float(number), 2, 3, 4] }

  private func weights(_ fill: (Group) throws -> Void) throws -> String {
    let path = "\(directory.path)/w.h5"
    try File.write(atomicallyTo: path, fill)
    return path
  }

  private func addLayer(
    _ name: String, _ number: Int, to group: Group, names: [String] = ["kernel:0", "bias:0"],
    layout: StringLayout = .fixed
  ) throws {
    let layer = try group.createGroup(name)
    try layer.attributes.set("weight_names", to: names, layout: layout)
    for weight in names {
      let isKernel = weight.contains("kernel")
      try layer.write(weight, isKernel ? kernel(number) : [0, 1], shape: isKernel ? [2, 2] : [2])
    }
  }

  private func numbers(_ model: ImportedModel) -> [Float] {
    model.network.nodes.dropFirst().map { model.parameters[$0.name, .weight]?.scalars[0] ?? -1 }
  }

  /// A layer's name, and that of a variable, may have slashes; one layer may be the beginning of another's path.
  @Test func namesWithSlashes() throws {
    let names = ["clf/c1", "clf", "clf/c2/d"]
    let path = try weights { root in
      try root.attributes.set("layer_names", to: names, layout: .fixed)
      for (number, name) in names.enumerated() {
        try addLayer(name, number, to: root, names: ["\(name)/kernel:0", "\(name)/bias:0"])
      }
    }
    let model = try KerasFormat.read(path, architecture: try architecture(names))
    #expect(numbers(model) == [0, 1, 2])
    // The kernel is stored inputs first.
    #expect(model.parameters["clf/c1", .weight]?.scalars == [0, 3, 2, 4])
    #expect(model.notes.isEmpty)
  }

  /// Lists that do not fit an attribute are cut into several, and counted from 0.
  @Test func namesInParts() throws {
    let names = (0..<5).map { "d\($0)" }
    let path = try weights { root in
      try root.attributes.set("layer_names0", to: Array(names[0..<3]), layout: .fixed)
      try root.attributes.set("layer_names1", to: Array(names[3...]), layout: .fixed)
      for (number, name) in names.enumerated() { try addLayer(name, number, to: root) }
    }
    #expect(try KerasFormat.recognises(path) == .legacyWeights)
    #expect(numbers(try KerasFormat.read(path, architecture: try architecture(names))) == [0, 1, 2, 3, 4])
  }

  /// Layers that were named anew are taken in their order, and the user is told.
  @Test func otherNames() throws {
    let path = try weights { root in
      try root.attributes.set("layer_names", to: ["dense_7", "flat", "dense_8"])
      try addLayer("dense_7", 7, to: root, layout: .variable)
      // An empty list of strings is an empty list of numbers to h5py.
      try root.createGroup("flat").attributes.set("weight_names", to: [Double]())
      try addLayer("dense_8", 8, to: root)
    }
    let model = try KerasFormat.read(path, architecture: try architecture(["dense", "dense_1"]))
    #expect(numbers(model) == [7, 8])
    #expect(model.notes.count == 1)
  }

  /// Names decide over order: `bias` before `kernel`, and numbers that TensorFlow added.
  @Test func variablesInAnotherOrder() throws {
    let path = try weights { root in
      try root.attributes.set("layer_names", to: ["d"])
      try addLayer("d", 5, to: root, names: ["d_1/bias_2:0", "d_1/kernel_2:0"])
    }
    #expect(numbers(try KerasFormat.read(path, architecture: try architecture(["d"]))) == [5])
  }

  @Test func whatDoesNotFit() throws {
    let failure = { (names: [String], fill: @escaping (Group) throws -> Void) -> String in
      let path = try self.weights(fill)
      do {
        _ = try KerasFormat.read(path, architecture: try self.architecture(names))
        return "none"
      } catch let error as ExchangeError { return error.description }
    }
    let further = try failure(["a"]) { root in
      try root.attributes.set("layer_names", to: ["a", "b"])
      try addLayer("a", 0, to: root)
      try addLayer("b", 0, to: root)
    }
    #expect(further.contains("expected weights of 1 layers (a), found those of 2 (a, b)"))
    let shape = try failure(["a"]) { root in
      try root.attributes.set("layer_names", to: ["a"])
      let layer = try root.createGroup("a")
      try layer.attributes.set("weight_names", to: ["kernel:0", "bias:0"])
      try layer.write("kernel:0", [Float](repeating: 1, count: 6), shape: [3, 2])
      try layer.write("bias:0", [Float](repeating: 1, count: 2))
    }
    #expect(shape.contains("layer 'a' (Dense), kernel at /a/kernel:0: expected shape 2×2, found shape 3×2"))
    let quantized = try failure(["a"]) { root in
      try root.attributes.set("layer_names", to: ["a"])
      let layer = try root.createGroup("a")
      try layer.attributes.set("weight_names", to: ["kernel:0", "bias:0"])
      try layer.write("kernel:0", [Int8](repeating: 1, count: 4), shape: [2, 2])
      try layer.write("bias:0", [Float](repeating: 1, count: 2))
    }
    #expect(quantized.contains("quantised"))
    let infinite = try failure(["a"]) { root in
      try root.attributes.set("layer_names", to: ["a"])
      let layer = try root.createGroup("a")
      try layer.attributes.set("weight_names", to: ["kernel:0", "bias:0"])
      try layer.write("kernel:0", [Float.nan, 1, 1, 1], shape: [2, 2])
      try layer.write("bias:0", [Float](repeating: 1, count: 2))
    }
    #expect(infinite.contains("NaN"))
    let theano = try failure(["a"]) { root in
      try root.attributes.set("layer_names", to: ["a"])
      try root.attributes.set("backend", to: "theano")
    }
    #expect(theano.contains("theano"))
  }
}
