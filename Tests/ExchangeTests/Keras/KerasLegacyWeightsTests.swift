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
    #expect(try KerasFormat.kind(of: path) == .legacyWeights)
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

  // MARK: Models inside models

  /// Layers of one class in a model in a model: every kernel is told by its first scalar alone.
  private struct Nest {
    /// Layers of the inner model: class, name, whether it is trainable; a list in place of them is a model again.
    indirect enum Part {
      case dense(String, Bool)
      case normalization(String, Bool)
      case model(String, Bool?, [Part])
    }

    static func json(_ part: Part) -> String {
      switch part {
      case .dense(let name, let trainable):
        KerasText.layer("Dense", name, "\"units\": 2, \"use_bias\": false, \"trainable\": \(trainable)")
      case .normalization(let name, let trainable):
        KerasText.layer("BatchNormalization", name, "\"trainable\": \(trainable)")
      case .model(let name, let trainable, let parts):
        KerasText.layer(
          "Sequential", name,
          (trainable.map { "\"trainable\": \($0), " } ?? "")
            + "\"layers\": [\(parts.map(json).joined(separator: ", "))]")
      }
    }
  }

  /// Reads a file whose one group `base` lists variables with these names; each holds its number in every scalar.
  private func numbers(
    of parts: [Nest.Part], _ names: [String], version: String = "2.9.0", trainable: Bool? = nil
  ) throws -> [String: Float] {
    let base = Nest.json(.model("base", trainable, parts))
    let text = KerasText.sequential([KerasText.input([2]), base])
    let architecture = try directory.write("n.json", Array(text.utf8))
    let path = try weights { root in
      try root.attributes.set("layer_names", to: ["base"])
      try root.attributes.set("keras_version", to: version)
      let group = try root.createGroup("base")
      try group.attributes.set("weight_names", to: names)
      for (number, name) in names.enumerated() {
        let isKernel = name.contains("kernel")
        let scalars = [Float](repeating: Float(number + 1), count: isKernel ? 4 : 2)
        try group.write(name, scalars, shape: isKernel ? [2, 2] : [2])
      }
    }
    let model = try KerasFormat.read(path, architecture: architecture)
    return Dictionary(uniqueKeysWithValues: model.parameters.tensors.map { ("\($0.key)", $0.value.scalars[0]) })
  }

  /// Keras 2 asks layer by layer: what a frozen layer has stands among the statistics of the others.
  @Test(arguments: [true, false])
  func frozenNormalizationBeforeATrainableOne(namesHaveSlashes: Bool) throws {
    let (a, b) = namesHaveSlashes ? ("block1/bn", "block2/bn") : ("bn_1", "bn_2")
    let roles = ["gamma", "beta", "moving_mean", "moving_variance"]
    let names =
      ["gamma", "beta"].map { "\(b)/\($0):0" } + roles.map { "\(a)/\($0):0" }
      + ["moving_mean", "moving_variance"].map { "\(b)/\($0):0" }
    let found = try numbers(of: [.normalization(a, false), .normalization(b, true)], names)
    let expected: [(String, [Float])] = [(a, [3, 4, 5, 6]), (b, [1, 2, 7, 8])]
    for (name, values) in expected {
      #expect(["scale", "shift", "mean", "variance"].map { found["base.\(name)/\($0)"] } == values)
    }
  }

  /// TensorFlow counts names up in a session: `d1` of the second model built is called `d1_1`, as its next layer is.
  @Test func namesThatWereCountedUp() throws {
    let found = try numbers(
      of: [.dense("d1", true), .dense("d1_1", true), .dense("d2", true)],
      ["d1_1/kernel:0", "d1_1_1/kernel:0", "d2_1/kernel:0"])
    #expect(["d1", "d1_1", "d2"].map { found["base.\($0)/weight"] } == [1, 2, 3])
  }

  /// Keras 3 sorts the variables of all layers; a model that is frozen as a whole has them in the order of its layers.
  @Test func keras3() throws {
    let parts: [Nest.Part] = [.normalization("a", true), .dense("d", true)]
    let whole = ["a/gamma", "a/beta", "a/moving_mean", "a/moving_variance", "d/kernel"]
    let frozen = try numbers(of: parts, whole, version: "3.4.1", trainable: false)
    #expect(frozen["base.a/mean"] == 3 && frozen["base.d/weight"] == 5)
    let sorted = ["a/gamma", "a/beta", "d/kernel", "a/moving_mean", "a/moving_variance"]
    let trained = try numbers(of: parts, sorted, version: "3.4.1", trainable: true)
    #expect(trained["base.a/mean"] == 4 && trained["base.d/weight"] == 3)
  }

  /// Up to Keras 2.11 a file does not say that a model in a model is frozen; names may.
  @Test func modelsThatMayBeFrozen() throws {
    let parts: [Nest.Part] = [.model("inner", nil, [.dense("a", true)]), .dense("b", true)]
    let trained = try numbers(of: parts, ["a/kernel:0", "b/kernel:0"])
    #expect(trained["base.inner.a/weight"] == 1 && trained["base.b/weight"] == 2)
    let frozen = try numbers(of: parts, ["b/kernel:0", "a/kernel:0"])
    #expect(frozen["base.inner.a/weight"] == 2 && frozen["base.b/weight"] == 1)
    // Names that are of no help leave two readings.
    let error = #expect(throws: ExchangeError.self) { try numbers(of: parts, ["x_1/kernel:0", "x/kernel:0"]) }
    #expect(error?.description.contains("two readings") ?? false)
  }

  /// The architecture says that nothing is frozen, the names that something was: Keras would swap the weights in silence.
  @Test func orderAndNamesThatDisagree() throws {
    let parts: [Nest.Part] = [.dense("a", true), .dense("b", true)]
    let error = #expect(throws: ExchangeError.self) { try numbers(of: parts, ["b/kernel:0", "a/kernel:0"]) }
    #expect(error?.description.contains("two readings") ?? false)
    // Where the order does not fit the shapes, there is one reading.
    let mixed = try numbers(
      of: [.normalization("n", true), .dense("a", true)],
      [
        "a/kernel:0", "n/gamma:0", "n/beta:0", "n/moving_mean:0", "n/moving_variance:0",
      ])
    #expect(mixed["base.a/weight"] == 1 && mixed["base.n/scale"] == 2)
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
