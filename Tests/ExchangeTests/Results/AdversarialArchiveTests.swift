import Exchange
import Networks
import Testing

/// The members of an adversarial set of two examples.
private let members: [String: [UInt8]] = [
  "advlab_format": npy(text: "adversarial"), "advlab_version": npy(text: "1"), "command": npy(text: "[]"),
  "seed": npy(text: "3"), "model_sha256": npy(text: ""), "data_sha256": npy(text: ""), "attack": npy(text: "{}"),
  "norm": npy(text: "linf"), "epsilon": npy("<f8", "(1,)", bytes([Double(0.5).bitPattern])),
  "bounds": npy("<f4", "(2,)", bytes([Float(0).bitPattern, Float(1).bitPattern])),
  "x": npy("<f4", "(2, 1)", Array(repeating: 0, count: 8)),
  "x_adv": npy("<f4", "(2, 1)", Array(repeating: 0, count: 8)),
  "y": column([1, 2]), "y_pred_clean": column([1, 2]), "y_pred_adv": column([1, 0]), "success": column([0, 1]),
  "status": column([0, 1]), "status_names": npy("<U1", "(2,)", bytes([97, 98] as [UInt32])),
  "distance_linf": npy("<f8", "(2,)", bytes([Double(0.0).bitPattern, Double(0.5).bitPattern])),
  "distance_l2": npy("<f8", "(2,)", bytes([Double(0.0).bitPattern, Double(0.5).bitPattern])),
  "forwards": column([1, 1]),
  "backwards": column([0, 0]), "index": column([4, 5]),
]

private func column(_ values: [Int64]) -> [UInt8] { npy("<i8", "(\(values.count),)", bytes(values)) }

/// The set with another member in place of one, or without it.
private func read(_ name: String? = nil, _ content: [UInt8]? = nil) throws -> AdversarialSet {
  var changed = members
  if let name { changed[name] = content }
  let directory = try TemporaryDirectory()
  try directory.write("a.npz", zipped(changed.sorted { $0.key < $1.key }.map { ("\($0.key).npy", $0.value) }))
  return try AdversarialSet.read(from: directory.path + "/a.npz")
}

private func message(_ name: String, _ content: [UInt8]?) throws -> String {
  let error = try #require(throws: ExchangeError.self) { try read(name, content) }
  return [error.object, error.message].compactMap(\.self).joined(separator: ": ")
}

@Test func aSetThatNumPyWroteIsRead() throws {
  let set = try read()
  #expect(set.examples.map(\.id) == [4, 5] && set.examples.map(\.status) == ["a", "b"])
  #expect(set.threat == AdversarialSet.Threat(norm: "linf", epsilon: 0.5) && set.requested == nil)
  #expect(set.provenance == Provenance(seed: 3, version: nil))
  // Of another byte order, width or number of axes than the lab writes.
  #expect(try read("y", npy(">i2", "(2,)", [0, 7, 0, 8])).examples.map(\.label) == [7, 8])
  #expect(try read("y", npy("<f4", "(2,)", bytes([Float(7).bitPattern, Float(8).bitPattern]))).examples[1].label == 8)
  #expect(try read("requested", npy("<i4", "()", bytes([9 as Int32]))).requested == 9)
  #expect(try read("norm", npy(">U2", "()", [0, 0, 0, 108, 0, 0, 0, 50])).threat.norm == "l2")
}

@Test func damagedArchivesAreRefused() throws {
  #expect(try message("y", nil).hasPrefix("y: expected an array of this name, found advlab_format, "))
  #expect(try message("y", column([1])) == "y: expected 2 numbers, one for each example, found the shape 1")
  #expect(try message("y", npy(text: "12")).hasPrefix("y: expected 2 numbers, one for each example"))
  #expect(
    try message("y", npy("<U1", "(2,)", bytes([49, 50] as [UInt32]))) == "y: expected an array of numbers, found texts")
  for value in [Double.nan, .infinity, 1e300, 0.5] {
    let labels = npy("<f8", "(2,)", bytes([value.bitPattern, 0]))
    #expect(try message("y", labels) == "y: expected whole numbers of at most 64 bits, found others")
  }
  #expect(try message("status", column([0, 2])).hasSuffix("expected a code below 2, the number of names, found 2"))
  #expect(try message("status", column([-1, 0])).hasSuffix("expected a code below 2, the number of names, found -1"))
  #expect(try message("status_names", nil).hasPrefix("status_names: expected an array of this name"))
  #expect(try message("status_names", column([1, 2])) == "status_names: expected texts, found int64")
  #expect(try message("x", npy("<f8", "(2, 1)", bytes([0, 0] as [UInt64]))).contains("expected float32 of shape"))
  #expect(
    try message("x", npy("<f4", "(2, 1, 1)", Array(repeating: 0, count: 8))).hasSuffix("found float32 of shape 2×1×1"))
  #expect(try message("x", npy("<f4", "(0, 1)", [])).hasPrefix("x: expected float32 of shape"))
  #expect(try message("x", npy("<f4", "(4294967296, 4294967296)", [])).contains("found 0 bytes"))
  #expect(
    try message("x_adv", npy("<f4", "(1, 2)", Array(repeating: 0, count: 8))).contains("expected the shape of /x"))
  #expect(
    try message("bounds", npy("<f4", "(2,)", bytes([Float(1).bitPattern, 0]))).hasPrefix(
      "expected arrays norm and bounds"))
  #expect(try message("epsilon", npy("<f8", "(1,)", bytes([Double.nan.bitPattern]))).hasSuffix("at least 0, found nan"))
  #expect(
    try message("epsilon", npy("<f8", "(2,)", bytes([0, 0] as [UInt64]))) == "epsilon: expected one number, found 2")
  #expect(try message("norm", npy("<U1", "(0,)", [])) == "norm: expected one text, found 0")
  #expect(try message("norm", npy("<U0", "(4611686018427387904,)", [])).hasPrefix("norm: expected an array of numbers"))
  #expect(try message("seed", npy(text: "-1")) == "seed: expected numbers, found -1")
  #expect(try message("command", npy(text: "{")).contains("the array command to be a JSON array of strings"))
  #expect(try message("advlab_version", npy(text: "2")) == "expected the array advlab_version to be at most 1, found 2")
  #expect(try message("advlab_format", npy(text: "model")).contains("to be adversarial, found model"))
  #expect(try message("advlab_format", nil).contains("to be adversarial, found none"))
}

/// Which of two kinds of images is meant, keys must say.
@Test func aSetIsNoDataset() throws {
  let directory = try TemporaryDirectory()
  try directory.write("a.npz", zipped(members.map { ("\($0.key).npy", $0.value) }))
  let error = try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path + "/a.npz") }
  #expect(error.message.contains("the array advlab_format to be dataset, or keys for images and labels"))
  var selection = DatasetSelection()
  (selection.imagesKey, selection.labelsKey) = ("x_adv", "y")
  #expect(try Dataset.read(from: directory.path + "/a.npz", selection).labels == [1, 2])
}
