import Attacks
import Compute
import Defences
import Exchange
import Networks

/// The dataset and the network that ship with the lab.
enum Digits {
  private static let data = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Data"

  static func images(_ split: String, count: Int? = nil) throws -> Exchange.Dataset {
    try Exchange.Dataset.read(from: data + "/digits.h5", DatasetSelection(split: split, count: count))
  }

  static func testSet(count: Int) throws -> EvaluationSet {
    let images = try images("test", count: count)
    return try EvaluationSet(images: images.images, labels: images.labels, ids: images.ids)
  }

  static func file() throws -> ModelFile { try ModelFile.read(from: data + "/digits-cnn.h5") }

  static func classifier() throws -> CompiledModel {
    let file = try file()
    return try CompiledModel(network: file.network, parameters: file.parameters)
  }
}
