import Compute
import Exchange
import Foundation
import HDF5
import Networks
import TestSupport
import Testing

/// The files of other tools in `fixtures2/exchange`, with what its manifest says of each.
struct ExchangeFixture: CustomTestStringConvertible {
  let file: String
  let kind: String
  let expectation: String
  let architecture: String?
  private let companion: String
  private let folder: String

  var path: String { folder + file }
  var testDescription: String { file }

  /// The files of one kind whose names end in one of some endings; none where the fixtures are missing.
  static func all(of kinds: Set<String>, endings: [String] = [""]) -> [ExchangeFixture] {
    guard let manifest = SharedFiles.path("fixtures2/exchange/MANIFEST.tsv"),
      let text = try? String(contentsOfFile: manifest, encoding: .utf8)
    else { return [] }
    let folder = manifest.dropLast("MANIFEST.tsv".count)
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count >= 4, kinds.contains(fields[1]), endings.contains(where: fields[0].hasSuffix) else {
        return nil
      }
      return ExchangeFixture(
        file: fields[0], kind: fields[1], expectation: fields[3],
        architecture: fields.count > 4 && !fields[4].isEmpty ? fields[4] : nil, companion: fields[2],
        folder: String(folder))
    }
  }

  /// Whether the file is to give the outputs of its companion, and nothing else will do.
  var mustMatch: Bool { expectation.hasPrefix("match") && !expectation.contains("or refuse") }
  /// Whether the file is to be refused, and nothing else will do.
  var mustBeRefused: Bool { expectation.hasPrefix("refuse") && !expectation.contains("or ") }

  /// The images of the companion, channels first, with what the file's own tool computes of them.
  private func expected() throws -> (root: Group, images: Tensor<Float>, isChannelsLast: Bool) {
    let root = try File(reading: folder + companion).root
    let isChannelsLast = try root.attributes.string("layout") == "NHWC"
    let stored = try tensor(root, "x", isChannelsLast)
    return (root, stored.float, isChannelsLast)
  }

  private func tensor(_ root: Group, _ name: String, _ isChannelsLast: Bool) throws -> Tensor<Double> {
    let dataset = try root.dataset(name)
    let shape = Shape(dataset.shape)
    let scalars = try dataset.read(as: Double.self)
    guard isChannelsLast, shape.rank == 4 else { return Tensor(shape: shape, scalars: scalars) }
    let (area, channels) = (shape[1] * shape[2], shape[3])
    let ordered = (0..<shape[0]).flatMap { image in
      (0..<channels).flatMap { channel in
        (0..<area).map { scalars[(image * area + $0) * channels + channel] }
      }
    }
    return Tensor(shape: [shape[0], channels, shape[1], shape[2]], scalars: ordered)
  }

  /// The largest relative differences, in the maximum norm, of what a model gives: outputs and input gradients. What
  /// scikit-learn made has no gradients.
  func differences(_ model: ModelFile) throws -> (outputs: Double, gradient: Double?) {
    let (root, images, isChannelsLast) = try expected()
    let labels = try root.dataset("y").read(as: Int.self)
    let compiled = try CompiledModel(network: model.network, parameters: model.parameters)
    let input = try images.reshapedAsInput(of: model.network)
    let (logits, gradient) = try compiled.pullback(at: input) { logits, rows in
      Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient
    }
    let out = try tensor(root, "out", false)
    let found: Tensor<Double>
    switch try root.attributes.string("out_kind") {
    case "probabilities": found = Self.logSoftmax(logits.double, exp)
    case "log-probabilities": found = Self.logSoftmax(logits.double) { $0 }
    default: found = logits.double
    }
    let outputs = relativeDifference(found, from: Tensor(shape: found.shape, scalars: out.scalars))
    guard try root.kind(of: "gradx") != nil else { return (outputs, nil) }
    let stored = try tensor(root, "gradx", isChannelsLast)
    return (
      outputs, relativeDifference(gradient.double, from: Tensor(shape: gradient.shape, scalars: stored.scalars))
    )
  }

  private static func logSoftmax(_ logits: Tensor<Double>, _ then: (Double) -> Double) -> Tensor<Double> {
    let classes = logits.shape[1]
    let rows = stride(from: 0, to: logits.shape.count, by: classes).flatMap { start -> [Double] in
      let row = logits.scalars[start..<start + classes]
      let largest = row.max() ?? 0
      let sum = log(row.reduce(0) { $0 + exp($1 - largest) })
      return row.map { then($0 - largest - sum) }
    }
    return Tensor(shape: logits.shape, scalars: rows)
  }
}

extension Tensor<Float> {
  /// The same images in the shape that a network takes.
  fileprivate func reshapedAsInput(of network: Network) throws -> Tensor<Float> {
    Tensor(shape: network.inputShape.batched(shape[0]), scalars: scalars)
  }
}
