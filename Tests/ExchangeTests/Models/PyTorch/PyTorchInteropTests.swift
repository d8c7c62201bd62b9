import Compute
import Exchange
import Foundation
import HDF5
import Networks
import TestSupport
import Testing

/// The folders that `Tests/Interop/pytorch_exchange.py write` made, where `ADVLAB_PYTORCH_CASES` says.
private let cases: [String] = {
  guard let directory = ProcessInfo.processInfo.environment["ADVLAB_PYTORCH_CASES"] else { return [] }
  let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  return names.filter { $0.hasPrefix("case_") }.sorted().map { "\(directory)/\($0)" }
}()

/// Computes what PyTorch did, and leaves the files that the script's `check` compares with it.
@Test(.enabled(if: !cases.isEmpty, "set ADVLAB_PYTORCH_CASES"), arguments: cases)
func randomArchitecturesGiveWhatPyTorchComputes(folder: String) throws {
  let json = try Data(contentsOf: URL(fileURLWithPath: folder + "/architecture.json"))
  let network = try JSONDecoder().decode(Network.self, from: json)
  let imported = try PyTorchFormat.read(folder + "/weights.h5", network: network)
  let dataset = try Exchange.Dataset.read(from: folder + "/data.h5")
  let model = try CompiledModel(network: network, parameters: imported.parameters)
  let (logits, gradient) = try model.pullback(at: dataset.images) { logits, rows in
    Loss.crossEntropy(logits, labels: Array(dataset.labels[rows])).gradient
  }
  let expected = try File(reading: folder + "/expected.h5").root
  func difference(_ found: Tensor<Float>, _ name: String) throws -> Double {
    let dataset = try expected.dataset(name)
    return relativeDifference(
      found.double, from: Tensor(shape: Shape(dataset.shape), scalars: try dataset.read(as: Double.self)))
  }
  // As argued at `ExpectedOutputs.expectAgreement`.
  #expect(try difference(logits, "logits") <= 1e-5)
  #expect(try difference(gradient, "gradient") <= 1e-4)
  try Predictions(logits: logits, labels: dataset.labels, ids: dataset.ids, provenance: Provenance())
    .write(to: folder + "/predictions.h5")
  try Gradients(
    gradient: gradient, losses: dataset.labels.map { _ in 0 }, labels: dataset.labels, ids: dataset.ids,
    loss: "cross-entropy", provenance: Provenance()
  ).write(to: folder + "/gradient.h5")
  try PyTorchFormat.write(network, imported.parameters, to: folder + "/converted.h5")
  let flattensAlike = try PyTorchFormat.architecture(of: folder + "/converted.h5") == network
  let converted = try PyTorchFormat.read(folder + "/converted.h5", network: network)
  #expect((converted.parameters == imported.parameters) == flattensAlike)
}
