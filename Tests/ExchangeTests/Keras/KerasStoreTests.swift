import Exchange
import HDF5
import Networks
import Testing

/// Weight files of Keras 3, made here.
struct KerasStoreTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func architecture(_ count: Int) throws -> String {
    let layers = (0..<count).map { KerasText.layer("Dense", "d\($0)", "\"units\": 2, \"use_bias\": false") }
    return try directory.write("a.json", Array(KerasText.sequential([KerasText.input([2])] + layers).utf8))
  }

  /// Files of a kernel per group, whose first scalar is its number.
  @discardableResult
  private func weights(_ name: String, _ groups: [String], first: Int = 0) throws -> String {
    let path = "\(directory.path)/\(name)"
    try File.write(atomicallyTo: path) { root in
      for (number, group) in groups.enumerated() {
        try root.write("\(group)/vars/0", [Float(first + number), 2, 3, 4], shape: [2, 2])
      }
    }
    return path
  }

  private func numbers(_ path: String, count: Int) throws -> [Float] {
    let model = try KerasFormat.read(path, architecture: try architecture(count))
    return model.network.nodes.dropFirst().map { model.parameters[$0.name, .weight]?.scalars[0] ?? -1 }
  }

  /// `dense_10` comes after `dense_9`, whatever the alphabet says.
  @Test func numbersOfLayers() throws {
    let groups = (0..<12).map { "layers/dense" + ($0 == 0 ? "" : "_\($0)") }
    let path = try weights("w.weights.h5", groups)
    #expect(try KerasFormat.kind(of: path) == .weights)
    #expect(try numbers(path, count: 12) == (0..<12).map(Float.init))
  }

  /// Keras 2.12 counts twice for a layer with variables.
  @Test func gapsInTheNumbers() throws {
    let groups = (0..<12).map { "_layer_checkpoint_dependencies/dense" + ($0 == 0 ? "" : "_\(2 * $0)") }
    #expect(try numbers(try weights("w.weights.h5", groups), count: 12) == (0..<12).map(Float.init))
  }

  @Test func whatDoesNotFit() throws {
    let missing = #expect(throws: ExchangeError.self) {
      try numbers(try weights("m.h5", ["layers/dense", "layers/conv2d"]), count: 2)
    }
    #expect(missing?.description.contains("'d1' (Dense): expected a group 'dense_1'") ?? false)
    let further = #expect(throws: ExchangeError.self) {
      try numbers(try weights("f.h5", ["layers/dense", "layers/dense_1"]), count: 1)
    }
    #expect(further?.description.contains("further ones at layers/dense_1") ?? false)
    // Those of an optimiser are nobody's business.
    #expect(try numbers(try weights("o.h5", ["layers/dense", "optimizer"]), count: 1) == [0])
    // Nor are those of a model inside, its metrics, and the random numbers of a layer.
    let companions = ["layers/dense/seed_generator", "layers/sequential/optimizer", "layers/sequential/metrics/mean"]
    #expect(try numbers(try weights("c.h5", ["layers/dense"] + companions), count: 1) == [0])
    // A layer may be called so.
    let named = #expect(throws: ExchangeError.self) {
      try numbers(try weights("n.h5", ["layers/dense", "layers/optimizer"]), count: 1)
    }
    #expect(named?.description.contains("further ones at layers/optimizer") ?? false)
    let alone = #expect(throws: ExchangeError.self) { try KerasFormat.read("\(directory.path)/o.h5") }
    #expect(alone?.description.contains("architecture") ?? false)
  }

  @Test func shards() throws {
    try weights("s0.weights.h5", ["layers/dense"])
    try weights("s1.weights.h5", ["layers/dense_1"], first: 1)
    let index = { (last: String) in
      "{\"metadata\": {}, \"weight_map\": {\"/layers/dense/vars\": \"s0.weights.h5\", "
        + "\"/layers/dense_1/vars\": [\"\(last)\"], \"/optimizer/vars\": [\"nowhere.h5\"]}}"
    }
    let path = try directory.write("s.weights.json", Array(index("s1.weights.h5").utf8))
    #expect(try KerasFormat.kind(of: path) == .shardedWeights)
    #expect(try numbers(path, count: 2) == [0, 1])
    for name in ["../s1.weights.h5", "/etc/passwd", "..", ""] {
      let path = try directory.write("bad.weights.json", Array(index(name).utf8))
      let error = #expect(throws: ExchangeError.self) { try numbers(path, count: 2) }
      #expect(error?.description.contains("beside the index") ?? false, "\(name)")
    }
  }
}
