import Exchange
import Networks
import Testing

private func listing(_ members: [(String, [UInt8])]) throws -> NumPyListing {
  let directory = try TemporaryDirectory()
  try directory.write("a.npz", zipped(members))
  return try NumPyListing(directory.path + "/a.npz")
}

@Test func theContentOfAnArchiveIsListed() throws {
  let found = try listing([
    ("z.npy", npy("<f4", "(2, 3)", Array(repeating: 0, count: 24))), ("b/names.npy", npy("<U2", "(1,)", [])),
    ("fortran.npy", npy("<i8", "(4, 5)", [], isFortran: true)), ("objects.npy", npy("|O", "(7,)", [1])),
    ("complex.npy", npy("<c8", "()", [])), ("damaged.npy", [1, 2, 3]), ("notes.txt", [1]),
  ])
  #expect(found.format == nil && found.record.isEmpty)
  #expect(
    found.arrays.map { "\($0.name) \($0.shape.map { "\($0)" } ?? "-") \($0.type)" } == [
      "b/names [1] string", "complex [] <c8", "damaged - unreadable", "fortran [4, 5] int64", "objects [7] |O",
      "z [2, 3] float32",
    ])
}

/// A list of fields as a type.
@Test func recordsAreListed() throws {
  let header = "{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (3,), }"
  let array = Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }) + [1, 0, UInt8(header.utf8.count), 0]
  let found = try listing([("r.npy", array + Array(header.utf8))])
  #expect(found.arrays.map(\.type) == ["records"] && found.arrays[0].shape == [3])
}

@Test func metadataIsListedApartFromResults() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/p.npz"
  try Predictions(
    logits: Tensor(shape: [2, 3], repeating: 1), labels: [0, 1], ids: [0, 1],
    provenance: Provenance(command: ["predict"], seed: .max, modelSHA256: "12e3")
  ).write(to: path)
  let found = try NumPyListing(path)
  #expect(found.format == .predictions)
  #expect(
    found.record == [
      "advlab_version": .wholeNumbers(["1"]), "command": .text(#"["predict"]"#),
      "seed": .wholeNumbers([String(UInt64.max)]), "model_sha256": .text("12e3"), "data_sha256": .text(""),
      "program_version": .text(Provenance.programVersion),
    ])
  #expect(found.arrays.map(\.name) == ["index", "labels", "logits"])
}

@Test func archivesWithoutArraysAreRefused() throws {
  #expect(throws: ExchangeError.self) { try listing([("notes.txt", [1])]) }
  let cut = Array(zipped([("z.npy", npy("<f4", "(1,)", [0, 0, 0, 0]))]).dropLast(30))
  let directory = try TemporaryDirectory()
  try directory.write("cut.npz", cut)
  #expect(throws: ExchangeError.self) { try NumPyListing(directory.path + "/cut.npz") }
}
