import Exchange
import HDF5
import Isolation
import Networks
import Testing

private func example(_ row: Int, status: String, target: Int?) -> AdversarialSet.Example {
  AdversarialSet.Example(
    id: 10 + row, label: row, target: target, cleanPrediction: row, adversarialPrediction: 5, isSuccess: row == 0,
    status: status, distanceLinf: 0.1, distanceL2: Double(row) + 0.2, forwards: 7, backwards: 1 << 40)
}

private func set(
  status: String = "success", target: Int? = 5, epsilon: Double? = 0.1, adversarialShape: Shape = [2, 1, 2, 2],
  requested: Int? = nil
) -> AdversarialSet {
  AdversarialSet(
    images: Tensor(shape: [2, 1, 2, 2], scalars: [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]),
    adversarial: Tensor(shape: adversarialShape, repeating: 0.5),
    examples: [example(0, status: status, target: target), example(1, status: "failed", target: nil)],
    statusNames: ["success", "failed", "clean error"],
    threat: AdversarialSet.Threat(norm: "linf", epsilon: epsilon, bounds: -1...1), attack: #"{"name":"pgd"}"#,
    provenance: Provenance(command: ["attack", "--eps", "8/255"], seed: 3, modelSHA256: "m", dataSHA256: "d"),
    requested: requested)
}

@Test(arguments: ["h5", "npz"], [(5, 0.1, 7), (nil, nil, nil)] as [(Int?, Double?, Int?)])
func aSetSurvivesItsFile(suffix: String, parts: (target: Int?, epsilon: Double?, requested: Int?)) throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.\(suffix)"
  let written = set(target: parts.target, epsilon: parts.epsilon, requested: parts.requested)
  try written.write(to: path)
  let read = try AdversarialSet.read(from: path)
  #expect(read.images == written.images)
  #expect(read.adversarial == written.adversarial)
  #expect(read.examples == written.examples)
  #expect(read.statusNames == written.statusNames)
  #expect(read.threat == written.threat)
  #expect(read.attack == written.attack)
  #expect(read.provenance == written.provenance)
  #expect(read.requested == written.requested)
}

/// The names and types that other programs rely on.
@Test func theFileHasTheDocumentedForm() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.h5"
  try set().write(to: path)
  let root = try File(reading: path).root
  let types = try root.walk().map { "\($0.path) \(try root.dataset($0.path).elementType)" }
  #expect(
    types.sorted() == [
      "backwards int64", "distance_l2 float64", "distance_linf float64", "forwards int64", "index int64",
      "status uint8", "success uint8", "target int64", "x float32", "x_adv float32", "y int64", "y_pred_adv int64",
      "y_pred_clean int64",
    ])
  #expect(try root.dataset("x_adv").attributes.string("layout") == "NCHW")
  #expect(try root.dataset("status").read(as: Int.self) == [0, 1])
  #expect(try root.dataset("target").read(as: Int.self) == [5, -1])
  #expect(
    try Set(root.attributes.names()) == [
      "advlab_format", "advlab_version", "command", "seed", "model_sha256", "data_sha256", "attack", "norm", "epsilon",
      "bounds", "budget", "program_version",
    ])
  #expect(try root.attributes.string("command") == #"["attack","--eps","8/255"]"#)
}

/// The set with everything that a replay needs.
private func replayable(seconds: Double? = 0.25) -> AdversarialSet {
  let plain = set()
  var examples = plain.examples
  for row in examples.indices { (examples[row].distance, examples[row].seconds) = (Double(row) + 0.5, 1e-3) }
  examples[1].seconds = seconds
  return AdversarialSet(
    images: plain.images, adversarial: plain.adversarial, examples: examples, statusNames: plain.statusNames,
    threat: AdversarialSet.Threat(norm: "l1", epsilon: 0.1, budget: .minimal, bounds: -1...1), attack: plain.attack,
    precision: "bf16", provenance: Provenance(seed: .max, version: "7.8.9", modelSHA256: "m", dataSHA256: "d"),
    classNames: ["cat", "Möwe", "a dog"])
}

@Test(arguments: ["h5", "npz"]) func whatAReplayNeedsIsKept(suffix: String) throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.\(suffix)"
  try replayable().write(to: path)
  let read = try AdversarialSet.read(from: path)
  #expect(read.examples == replayable().examples)
  #expect(read.examples.map(\.distance) == [0.5, 1.5] && read.examples.map(\.seconds) == [1e-3, 0.25])
  #expect(read.threat == replayable().threat && read.threat.budget == .minimal)
  #expect(read.precision == "bf16")
  #expect(read.provenance == replayable().provenance)
  // The same from another process.
  #expect(try AdversarialSet(flat: read.flat).precision == "bf16")
  #expect(read.classNames == ["cat", "Möwe", "a dog"])
  #expect(try AdversarialSet(flat: read.flat).classNames == read.classNames)
}

@Test func theFileOfAReplayHasTheDocumentedForm() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.h5"
  try replayable().write(to: path)
  let root = try File(reading: path).root
  for name in ["distance", "seconds"] { #expect(try root.dataset(name).elementType == .float(bits: 64)) }
  #expect(try root.attributes.string("precision") == "bf16")
  #expect(try root.attributes.string("budget") == "minimal")
  #expect(try root.attributes.string("program_version") == "7.8.9")
}

/// Where the file says nothing of it, a radius is one that no candidate may leave.
@Test func theBudgetOfEarlierFiles() {
  #expect(AdversarialSet.Threat(norm: "l2", epsilon: 1).budget == .fixed)
  #expect(AdversarialSet.Threat(norm: "l2", epsilon: nil).budget == .minimal)
}

@Test func aColumnWithGapsIsNotWritten() throws {
  let directory = try TemporaryDirectory()
  for suffix in ["h5", "npz"] {
    let error = #expect(throws: ExchangeError.self) {
      try replayable(seconds: nil).write(to: directory.path + "/adv.\(suffix)")
    }
    #expect(error?.object == "/seconds" && error?.kind == .cannotWrite)
  }
  #expect(directory.names.isEmpty)
}

@Test func partsThatDoNotFitAreNotWritten() throws {
  let directory = try TemporaryDirectory()
  for bad in [set(status: "vanished"), set(adversarialShape: [1, 1, 2, 2])] {
    let error = #expect(throws: ExchangeError.self) { try bad.write(to: directory.path + "/adv.h5") }
    #expect(error?.kind == .cannotWrite)
  }
  #expect(directory.names.isEmpty)
}

/// Writes a good set with one dataset replaced, and gives the message that reading ends with.
private func message(replacing name: String, _ write: (HDF5.Group) throws -> Void) throws -> String {
  let directory = try TemporaryDirectory()
  let (good, path) = (directory.path + "/good.h5", directory.path + "/bad.h5")
  try set().write(to: good)
  let source = try File(reading: good).root
  try File.write(atomicallyTo: path) { root in
    for attribute in try source.attributes.names() {
      switch attribute {
      case "advlab_version": try root.attributes.set(attribute, to: 1)
      case "seed", "epsilon": try root.attributes.set(attribute, to: try source.attributes.number(attribute) ?? 0.0)
      case "bounds": try root.attributes.set(attribute, to: try source.attributes.numbers(attribute) ?? [0.0])
      default: try root.attributes.set(attribute, to: try source.attributes.string(attribute) ?? "")
      }
    }
    for entry in try source.walk() where entry.path != name {
      let dataset = try source.dataset(entry.path)
      let copy =
        dataset.elementType == Float.elementType
        ? try root.write(entry.path, try dataset.read(as: Float.self), shape: dataset.shape)
        : try root.write(entry.path, try dataset.read(as: Double.self), shape: dataset.shape)
      if let layout = try dataset.attributes.string("layout") { try copy.attributes.set("layout", to: layout) }
      if let names = try dataset.attributes.strings("names") { try copy.attributes.set("names", to: names) }
    }
    try write(root)
  }
  let error = try #require(throws: ExchangeError.self) { try AdversarialSet.read(from: path) }
  #expect(error.kind == .content)
  return String(error.description.dropFirst(path.count + 2))
}

@Test func damagedSetsAreRefused() throws {
  #expect(try message(replacing: "y") { _ in }.hasPrefix("/y: there is no \"y\""))
  #expect(
    try message(replacing: "y") { try $0.write("y", [1, 2, 3]) }
      == "/y: expected 2 numbers, one for each example, found the shape 3")
  #expect(try message(replacing: "y") { try $0.write("y", [0.5, 1]) }.hasPrefix("/y: expected int64, found 0.5"))
  #expect(
    try message(replacing: "y") { try $0.write("y", ["a", "b"]) }.hasPrefix("/y: expected numbers, found string"))
  #expect(
    try message(replacing: "status") { try $0.write("status", [0, 3]).attributes.set("names", to: ["a", "b", "c"]) }
      == "/status: example 1: expected a code below 3, the number of names, found 3")
  #expect(
    try message(replacing: "x_adv") { try $0.write("x_adv", [0] as [Float], shape: [1, 1, 1, 1]) }
      == "/x_adv: expected the attribute layout to be NCHW or ND, found none")
  #expect(
    try message(replacing: "x_adv") {
      try $0.write("x_adv", [0] as [Float], shape: [1, 1, 1, 1]).attributes.set("layout", to: "NCHW")
    } == "/x_adv: expected the shape of /x, 2×1×2×2, found 1×1×1×1")
  #expect(
    try message(replacing: "x") { try $0.write("x", [0.0], shape: [1, 1, 1, 1]).attributes.set("layout", to: "NCHW") }
      == "/x: expected float32 of shape N×C×H×W, found float64 of shape 1×1×1×1")
  #expect(
    try message(replacing: "") { try $0.attributes.set("bounds", to: [1.0, 0.0]) }
      == "/: expected attributes norm and bounds, of two rising numbers, or two for each channel, found [1.0, 0.0]")
  #expect(
    try message(replacing: "") { try $0.attributes.set("epsilon", to: -0.1) }
      == "/: expected an attribute epsilon of at least 0, found -0.1")
  #expect(try message(replacing: "") { try $0.attributes.set("epsilon", to: Double.nan) }.hasSuffix("found nan"))
  #expect(
    try message(replacing: "target") { try $0.write("target", [5, -2]) }
      == "/target: example 1: expected a class, or -1 for none, found -2")
  #expect(
    try message(replacing: "distance") { try $0.write("distance", [0.5]) }
      == "/distance: expected 2 numbers, one for each example, found the shape 1")
  for seconds in [-1, .nan, .infinity] {
    #expect(
      try message(replacing: "seconds") { try $0.write("seconds", [0, seconds]) }
        == "/seconds: example 1: expected a finite time of at least 0, found \(seconds)")
  }
  #expect(
    try message(replacing: "") { try $0.attributes.set("budget", to: "huge") }
      == "/: expected the attribute budget to be fixed, minimal or transformation, found huge")
  #expect(
    try message(replacing: "") { try $0.attributes.set("precision", to: 7) }.hasPrefix(
      "/@precision: expected strings, found "))
  #expect(
    try message(replacing: "") { try $0.attributes.set("advlab_format", to: "model") }
      == "/: expected the attribute advlab_format to be adversarial, found model")
}

/// The one change of a universal attack, whatever its size.
@Test(arguments: ["h5", "npz"], [[1, 1, 2, 2], [1, 1, 1, 1]] as [Shape])
func theChangeOfAUniversalAttackIsKept(suffix: String, shape: Shape) throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.\(suffix)"
  let plain = set()
  func with(_ change: Tensor<Float>) -> AdversarialSet {
    AdversarialSet(
      images: plain.images, adversarial: plain.adversarial, examples: plain.examples, statusNames: plain.statusNames,
      threat: plain.threat, attack: plain.attack, provenance: plain.provenance, change: change)
  }
  let change = Tensor<Float>(shape: shape, repeating: 0.25)
  try with(change).write(to: path)
  #expect(try AdversarialSet.read(from: path).change == change)
  #expect(try AdversarialSet(flat: with(change).flat).change == change)
  try plain.write(to: path)
  #expect(try AdversarialSet.read(from: path).change == nil)
  // It is one change, and not one for each image.
  let several = Tensor<Float>(shape: [2, 1, 2, 2], repeating: 0.25)
  try with(several).write(to: path)
  #expect(throws: ExchangeError.self) { try AdversarialSet.read(from: path) }
  #expect(throws: FlatMessageError.self) { try AdversarialSet(flat: with(several).flat) }
}
