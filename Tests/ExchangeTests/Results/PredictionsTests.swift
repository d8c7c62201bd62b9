import Exchange
import HDF5
import Networks
import Testing

private let provenance = Provenance(command: ["predict"], seed: 1, modelSHA256: "m", dataSHA256: "d")

private func predictions(labels: [Int] = [2, 0]) -> Predictions {
  Predictions(
    logits: Tensor(shape: [2, 3], scalars: [0.5, -1, 2, .infinity, 0, 1]), labels: labels, ids: [4, 9],
    provenance: provenance)
}

@Test func predictionsSurviveTheirFile() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/p.h5"
  try predictions().write(to: path)
  #expect(try Predictions.read(from: path) == predictions())
}

@Test func predictionsSurviveAnArchive() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/p.npz"
  try predictions().write(to: path)
  #expect(try Predictions.read(from: path) == predictions())
}

@Test func predictionsOfUnequalLengthAreNotWritten() throws {
  let directory = try TemporaryDirectory()
  let error = #expect(throws: ExchangeError.self) { try predictions(labels: [1]).write(to: directory.path + "/p.h5") }
  #expect(error?.kind == .cannotWrite)
  #expect(error?.object == "/labels")
  #expect(error?.message == "expected 2 rows, as in /logits, found 1")
  #expect(directory.names.isEmpty)
}

@Test func predictionsAreDistinguishedFromOtherFiles() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/p.h5"
  try File.write(atomicallyTo: path) { try $0.write("logits", [1.0]) }
  let error = #expect(throws: ExchangeError.self) { try Predictions.read(from: path) }
  #expect(error?.message == "expected the attribute advlab_format to be predictions, found none")
}
