import Compute
import Exchange
import Foundation
import HDF5
import Networks
import Testing

/// Files that people's own scripts wrote, with the logits that PyTorch computed.

/// The rows of the text file of logits.
private func logits(_ path: String) throws -> [[Double]] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
    line.split(separator: " ").compactMap { Double($0) }
  }
}

@Test(
  arguments: ["cifar-sequential", "cifar-normalized-model"],
  ["resnet20-cifar:width=4,normalize=cifar10", "resnet20-cifar:width=4"])
func normalisersBesideANetworkGiveTheirLogits(name: String, architecture: String) throws {
  guard let path = SharedFiles.path("fixtures2/reports/\(name).h5"),
    let expected = SharedFiles.path("fixtures2/reports/cifar-logits.txt"),
    let images = SharedFiles.path("data/cifar10/cifar10-jpeg-subset.h5")
  else { return }
  let rows = try logits(expected)
  let data = try Exchange.Dataset.read(from: images, DatasetSelection(split: "test", count: rows.count))
  let request = ModelRequest(path: path, architecture: architecture, data: DataForm(imageShape: data.imageShape))
  let (model, notes) = try request.read()
  #expect(notes.count <= 2, "\(notes)")
  let found = try CompiledModel(network: model.network, parameters: model.parameters).logits(of: data.images)
  // The text has six digits: half a unit of the sixth of a logit below 1, and single precision through twenty layers.
  let worst = zip(found.scalars, rows.joined()).map { abs(Double($0) - $1) }.max() ?? .infinity
  #expect(worst <= 5e-6, "\(worst)")
}

@Test(arguments: ["1", "resnet"])
func prefixesOfTheReportsAreTakenOff(name: String) throws {
  guard let plain = SharedFiles.path("fixtures2/reports/digits-plain.h5"),
    let path = SharedFiles.path("fixtures2/reports/digits-\(name).h5")
  else { return }
  let data = DataForm(imageShape: [1, 8, 8], classCount: 10)
  let expected = try ModelRequest(path: plain, architecture: "digits-cnn", data: data).read()
  let found = try ModelRequest(path: path, architecture: "digits-cnn", data: data).read()
  #expect(found.model.sha256 == expected.model.sha256)
  #expect(expected.notes.isEmpty)
  #expect(found.notes == ["names are those of the file behind '\(name).'"])
}
