import Exchange
import HDF5
import Networks
import Testing

/// A convolution with a name that HDF5 could not take as it is, and a dense layer.
private func model(
  name: String = "block1/conv%", record: String? = #"{"epochs": 3}"#, hasProbe: Bool = true
) throws -> ModelFile {
  var network = try Network(inputShape: [1, 3, 3])
  try network.append(.convolution(Convolution(outputChannels: 2, kernel: Extent(2))), named: name)
  try network.append(.activation(.relu), named: "relu")
  try network.append(.flatten(.channelsFirst), named: "flatten")
  try network.append(.dense(Dense(outputs: 3)), named: "dense")
  var parameters = Parameters()
  for (index, specification) in network.parameterSpecifications.enumerated() {
    let scalars = (0..<specification.shape.count).map { Float($0 + index) / 7 }
    parameters.tensors[specification.key] = Tensor(shape: specification.shape, scalars: scalars)
  }
  let probe = ModelFile.Probe(
    images: Tensor(shape: [2, 1, 3, 3], scalars: (0..<18).map { Float($0) / 18 }),
    logits: Tensor(shape: [2, 3], scalars: [1, 2, 3, -1, 0.1, 0]))
  return try ModelFile(
    network: network, parameters: parameters, probe: hasProbe ? probe : nil, trainingRecord: record,
    provenance: Provenance(command: ["train", "--seed", "9"], seed: .max, dataSHA256: "abc"))
}

/// A directory with one model in it.
private struct Stored {
  let directory: TemporaryDirectory
  let path: String

  init(_ model: ModelFile) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/model.h5"
    try model.write(to: path)
  }

  /// Copies the model object by object, lets `change` take part, and gives the message that reading the copy ends with.
  func message(
    without left: Set<String> = [], change: (HDF5.Group) throws -> Void = { _ in }
  ) throws -> String {
    let source = try File(reading: path).root
    let copy = directory.path + "/copy.h5"
    try File.write(atomicallyTo: copy) { root in
      for name in ["advlab_format", "command", "model_sha256", "data_sha256"] {
        try root.attributes.set(name, to: try source.attributes.string(name) ?? "")
      }
      try root.attributes.set("advlab_version", to: 1)
      try root.createGroup("parameters")
      for entry in try source.walk() where entry.kind == .dataset && !left.contains(entry.path) {
        let dataset = try source.dataset(entry.path)
        if dataset.elementType.isNumeric {
          try root.write(entry.path, try dataset.read(as: Float.self), shape: dataset.shape)
        } else {
          try root.write(entry.path, try dataset.readStrings(), shape: dataset.shape)
        }
      }
      try change(root)
    }
    let error = try #require(throws: ExchangeError.self) { try ModelFile.read(from: copy) }
    #expect(error.kind == .content)
    #expect(error.file == copy)
    return String(error.description.dropFirst(copy.count + 2))
  }
}

@Test func aModelSurvivesItsFile() throws {
  let model = try model()
  let stored = try Stored(model)
  let read = try ModelFile.read(from: stored.path)
  #expect(read.network == model.network)
  #expect(read.parameters == model.parameters)
  #expect(read.probe == model.probe)
  #expect(read.trainingRecord == model.trainingRecord)
  #expect(read.provenance == model.provenance)
  #expect(read.provenance.seed == .max)
  #expect(read.provenance.modelSHA256 == model.sha256)
  #expect(read.sha256 == model.sha256)
  #expect(stored.directory.names == ["model.h5"])
}

@Test func probeAndRecordMayBeAbsent() throws {
  let stored = try Stored(try model(record: nil, hasProbe: false))
  let read = try ModelFile.read(from: stored.path)
  #expect(read.probe == nil)
  #expect(read.trainingRecord == nil)
}

@Test(arguments: ["a/b", "/", ".", "..", "%2F", "naïve 名", "a\0b", "a.b"])
func anyNodeNameIsKept(name: String) throws {
  let model = try model(name: name)
  let stored = try Stored(model)
  let read = try ModelFile.read(from: stored.path)
  #expect(read.network == model.network)
  #expect(read.parameters == model.parameters)
}

@Test func theDigestIsDefinedByItsParts() throws {
  var network = try Network(inputShape: [2])
  try network.append(.dense(Dense(outputs: 2)), named: "d")
  var parameters = Parameters()
  parameters["d", .weight] = Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])
  parameters["d", .bias] = Tensor(shape: [2], scalars: [0.5, -0.5])
  let json =
    #"{"hadFinalSoftmax":false,"nodes":[{"inputs":[],"name":"input","operation":{"input":[2]}},"#
    + #"{"inputs":["input"],"name":"d","operation":{"dense":{"hasBias":true,"outputs":2}}}]}"#
  var bytes = Array(json.utf8) + Array("\nd/bias 2\n".utf8)
  func append(_ scalars: [Float]) {
    for scalar in scalars { bytes += (0..<4).map { UInt8(truncatingIfNeeded: scalar.bitPattern >> (8 * $0)) } }
  }
  append([0.5, -0.5])
  bytes += Array("\nd/weight 2×2\n".utf8)
  append([1, 2, 3, 4])
  #expect(try ModelFile.digest(of: network, parameters) == SHA256.hex(of: bytes))
}

@Test func theDigestFollowsEveryChange() throws {
  let one = try model()
  var parameters = one.parameters
  parameters["dense", .bias]?.withUnsafeMutableScalars { $0[0] += 1 }
  let digests = try [
    one.sha256, ModelFile.digest(of: one.network, parameters), model(name: "other").sha256,
  ]
  #expect(Set(digests).count == 3)
  // What is known about a model does not change it.
  #expect(try model(record: nil, hasProbe: false).sha256 == one.sha256)
}

@Test func weightsThatDoNotFitAreRefused() throws {
  let good = try model()
  var parameters = good.parameters
  parameters["dense", .bias] = nil
  #expect(throws: NetworkError.self) { try ModelFile(network: good.network, parameters: parameters) }
  parameters["dense", .bias] = Tensor(shape: [3], repeating: .nan)
  #expect(throws: NetworkError.self) { try ModelFile(network: good.network, parameters: parameters) }
  let probe = ModelFile.Probe(images: Tensor(shape: [1, 1, 3, 3]), logits: Tensor(shape: [1, 4]))
  let error = #expect(throws: NetworkError.self) {
    try ModelFile(network: good.network, parameters: good.parameters, probe: probe)
  }
  #expect(error?.found == "1×1×3×3 and 1×4")
}

@Test func attributesOfAnotherFileAreRefused() throws {
  let stored = try Stored(try model())
  #expect(
    try stored.message(change: { try $0.attributes.set("advlab_format", to: "dataset") })
      == "/: expected the attribute advlab_format to be model, found dataset")
  #expect(
    try stored.message(change: { try $0.attributes.set("advlab_version", to: 2) })
      == "/: expected the attribute advlab_version to be at most 1, found 2")
  #expect(
    try stored.message(change: { try $0.attributes.set("command", to: "train") })
      == "/: expected the attribute command to be a JSON array of strings, found train")
  #expect(
    try stored.message(change: { try $0.attributes.set("model_sha256", to: "0123") }).hasPrefix(
      "/: expected the model that model_sha256 stands for, 0123, found "))
}

@Test func damagedArchitecturesAreRefused() throws {
  let stored = try Stored(try model())
  func message(_ text: String) throws -> String {
    try stored.message(without: ["architecture"]) { try $0.write("architecture", [text], shape: []) }
  }
  let start = "/architecture: expected a network as JSON: "
  #expect(try message("").hasPrefix(start))
  #expect(try message("{").hasPrefix(start))
  #expect(try message("[]").hasPrefix(start))
  #expect(try message(String(repeating: "[", count: 200_000)).hasPrefix(start))
  #expect(try message(#"{"nodes": []}"#).hasPrefix(start))
  #expect(try message(#"{"nodes": [{"name": "input", "inputs": [], "operation": {"input": [-1]}}]}"#).hasPrefix(start))
  #expect(
    try message(
      #"{"nodes": [{"name": "input", "inputs": [], "operation": {"input": [4]}}, "#
        + #"{"name": "d", "inputs": ["e"], "operation": {"dense": {"outputs": 2, "hasBias": false}}}]}"#)
      == start + "Node 'd': expected inputs that come before it, found 'e'.")
  let unknown = try message(#"{"nodes": [{"name": "input", "inputs": [], "operation": {"warp": 1}}]}"#)
  #expect(
    unknown.hasPrefix(start + "expected one of input,")
      && unknown.hasSuffix("found 'warp' (in nodes[0].operation, node 'input')"),
    "\(unknown)")
  #expect(
    try stored.message(without: ["architecture"]) { try $0.write("architecture", [1.0]) }
      == "/architecture: expected strings, found float64")
  #expect(
    try stored.message(without: ["architecture"]) { try $0.write("architecture", ["{}", "{}"]) }
      == "/architecture: expected one string, found 2")
  #expect(try stored.message(without: ["architecture"]).hasPrefix("/architecture: there is no \"architecture\""))
}

@Test func damagedParametersAreRefused() throws {
  let stored = try Stored(try model())
  let bias = "parameters/dense/bias"
  #expect(try stored.message(without: [bias]).hasPrefix("/\(bias): there is no \"bias\""))
  func message(_ write: @escaping (HDF5.Group) throws -> Void) throws -> String {
    try stored.message(without: [bias], change: write)
  }
  #expect(
    try message { try $0.write(bias, [1, 2, 3, 4] as [Float]) }
      == "/\(bias): expected float32 of shape 3, found float32 of shape 4")
  #expect(
    try message { try $0.write(bias, [1, 2, 3] as [Double]) }
      == "/\(bias): expected float32 of shape 3, found float64 of shape 3")
  #expect(
    try message { try $0.write(bias, [1, .nan, 3] as [Float]) }
      == "Node 'dense': expected finite values in bias, found NaN or infinity.")
  #expect(
    try message { try $0.createGroup(bias) }
      == "/\(bias): expected a dataset, found a group")
  #expect(
    try stored.message { try $0.write("parameters/dense/scale", [1] as [Float]) }
      == "/parameters/dense: expected parameters of this network alone, found scale")
  #expect(
    try stored.message { try $0.createGroup("parameters/other/weight") }
      == "/parameters/other: expected parameters of this network alone, found weight")
  #expect(
    try stored.message { try $0.write("parameters/loose", [1]) }
      == "/parameters/loose: expected parameters of this network alone, found another object")
}

@Test func damagedProbesAreRefused() throws {
  let stored = try Stored(try model())
  #expect(try stored.message(without: ["probe/logits"]).hasPrefix("/probe/logits: there is no"))
  #expect(
    try stored.message(without: ["probe/logits"]) { try $0.write("probe/logits", [1] as [Float], shape: [1, 1]) }
      == "Node 'input': expected a probe of N×1×3×3 images and N×3 logits, found 2×1×3×3 and 1×1.")
}

/// A change of one weight that keeps the form is found by the digest.
@Test func changedWeightsDoNotMatchTheirDigest() throws {
  let stored = try Stored(try model())
  let bias = "parameters/dense/bias"
  let message = try stored.message(without: [bias]) { try $0.write(bias, [0, 0, 0] as [Float]) }
  #expect(message.hasPrefix("/: expected the model that model_sha256 stands for, "))
}

@Test func modelsThatAreNotThere() throws {
  let missing = #expect(throws: ExchangeError.self) { try ModelFile.read(from: "/nonexistent/model.h5") }
  #expect(missing?.kind == .missing)
  let unwritable = #expect(throws: ExchangeError.self) { try model().write(to: "/nonexistent/model.h5") }
  #expect(unwritable?.kind == .cannotWrite)
}
