import Exchange
import HDF5
import Networks
import Reference
import Testing

/// A file written by Keras, and what Keras made of some images with the model in it.
struct KerasFixture: Sendable, CustomTestStringConvertible {
  let file: String
  let companion: String
  let expected: String

  var testDescription: String { file }

  /// The fixtures of Keras; empty (and a line says so) where they are not there.
  static let all: [KerasFixture] = {
    guard let path = SharedFiles.path("fixtures/MANIFEST.tsv"), let text = try? readText(path) else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count == 4, columns[1].hasPrefix("keras-") else { return nil }
      return KerasFixture(file: columns[0], companion: columns[2], expected: columns[3])
    }
  }()

  static let readable = all.filter { $0.expected.hasPrefix("match") || $0.expected.hasPrefix("load") || $0.isLZF }
  static let refused = all.filter { $0.expected.hasPrefix("refuse") && !$0.isLZF }
  /// The manifest is older than the lab's own reading of this compression.
  private var isLZF: Bool { expected == "refuse:filter 32000" }

  var path: String? { SharedFiles.path("fixtures/\(file)") }

  /// A file with the architecture, where the fixture holds weights alone.
  var architecture: String? {
    guard let path, let format = try? KerasFormat.kind(of: path), !format.hasArchitecture else { return nil }
    let stem = companion.split(separator: ".").first ?? ""
    let own = file.split(separator: ".").first ?? ""
    let candidates = [
      "\(stem).json", "\(own).keras", "\(stem.split(separator: "_").prefix(2).joined(separator: "_")).json",
    ]
    for candidate in candidates {
      if let path = SharedFiles.existing("fixtures/\(candidate)") { return path }
    }
    return nil
  }

  func model() throws -> ImportedModel {
    guard let path else { throw TestFailure("no \(file)") }
    return try KerasFormat.read(path, architecture: architecture)
  }

  /// What Keras computed.
  struct Expectation {
    let images: Tensor<Double>
    let labels: [Int]
    let outputs: Tensor<Double>
    let areProbabilities: Bool
    let gradient: Tensor<Double>
  }

  func expectation() throws -> Expectation {
    guard let path = SharedFiles.path("fixtures/\(companion)") else { throw TestFailure("no \(companion)") }
    let root = try File(reading: path).root
    let layout = try root.attributes.string("layout") ?? "NHWC"
    let tensor = { (name: String) throws -> Tensor<Double> in
      let dataset = try root.dataset(name)
      return Tensor(shape: Shape(dataset.shape), scalars: try dataset.read(as: Double.self))
    }
    let image = { (name: String) throws -> Tensor<Double> in
      layout == "NHWC" ? channelsFirst(try tensor(name)) : try tensor(name)
    }
    return Expectation(
      images: try image("x"), labels: try root.dataset("y").read(as: Int.self), outputs: try tensor("out"),
      areProbabilities: try root.attributes.string("out_kind") == "probs", gradient: try image("gradx"))
  }
}

/// `[N, H, W, C]` as `[N, C, H, W]`.
func channelsFirst(_ images: Tensor<Double>) -> Tensor<Double> {
  let shape = images.shape
  guard shape.rank == 4 else { return images }
  let (height, width, channels) = (shape[1], shape[2], shape[3])
  var result: [Double] = []
  for n in 0..<shape[0] {
    for c in 0..<channels {
      for place in 0..<height * width { result.append(images.scalars[(n * height * width + place) * channels + c]) }
    }
  }
  return Tensor(shape: [shape[0], channels, height, width], scalars: result)
}

/// What a model makes of images, as Keras reports it.
struct KerasOutcome {
  let outputs: Tensor<Double>
  /// The gradient of the mean cross-entropy with respect to the images.
  let gradient: Tensor<Double>

  init(_ model: ImportedModel, images: Tensor<Double>, labels: [Int], areProbabilities: Bool) throws {
    let reference = try ReferenceModel(network: model.network, parameters: model.parameters.double)
    let logits = reference.logits(of: images)
    let (count, classes) = (logits.shape[0], logits.shape[1])
    let probabilities = Self.softmax(logits)
    var cotangent = probabilities.scalars
    for (row, label) in labels.enumerated() { cotangent[row * classes + label] -= 1 }
    cotangent = cotangent.map { $0 / Double(count) }
    gradient = reference.pullback(at: images, cotangent: Tensor(shape: logits.shape, scalars: cotangent)).inputGradient
    outputs = areProbabilities ? probabilities : logits
  }

  static func softmax(_ logits: Tensor<Double>) -> Tensor<Double> {
    let classes = logits.shape[1]
    let probabilities = (0..<logits.shape[0]).flatMap { row in
      let values = logits.scalars[row * classes..<(row + 1) * classes]
      let largest = values.max() ?? 0
      let powers = values.map { exponential($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
    return Tensor(shape: logits.shape, scalars: probabilities)
  }
}
