import Exchange
import HDF5
import Networks
import Testing

private func gradients(losses: [Double] = [0.1, 3]) -> Gradients {
  Gradients(
    gradient: Tensor(shape: [2, 1, 1, 2], scalars: [1, -2, 3, 0]), losses: losses, labels: [1, 0], ids: [0, 1],
    loss: "cross-entropy", provenance: Provenance(command: ["gradient"], seed: 2, modelSHA256: "m", dataSHA256: "d"))
}

@Test func gradientsSurviveTheirFile() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/g.h5"
  try gradients().write(to: path)
  #expect(try Gradients.read(from: path) == gradients())
  let root = try File(reading: path).root
  #expect(try root.dataset("gradient").attributes.string("layout") == "NCHW")
  #expect(try root.dataset("loss").shape == [2])
}

@Test func gradientsSurviveAnArchive() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/g.npz"
  try gradients().write(to: path)
  #expect(try Gradients.read(from: path) == gradients())
}

@Test func gradientsOfUnequalLengthAreNotWritten() throws {
  let directory = try TemporaryDirectory()
  let error = #expect(throws: ExchangeError.self) { try gradients(losses: [1]).write(to: directory.path + "/g.h5") }
  #expect(error?.object == "/loss")
  #expect(directory.names.isEmpty)
}

@Test func gradientsAreDistinguishedFromPredictions() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/g.h5"
  try gradients().write(to: path)
  let error = #expect(throws: ExchangeError.self) { try Predictions.read(from: path) }
  #expect(error?.message == "expected the attribute advlab_format to be predictions, found gradients")
}
