import Compute
import Exchange
import Glibc
import HDF5
import Networks
import TestSupport
import Testing

/// A batch with what the framework that made a fixture computes for it: `x`, `y`, `out`, `loss`, `gradx`.
struct ExpectedOutputs {
  let images: Tensor<Float>
  let labels: [Int]
  let outputs: Tensor<Double>
  let losses: [Double]
  /// The gradient of the mean cross-entropy.
  let gradient: Tensor<Double>
  /// Whether the outputs are probabilities rather than logits.
  let areProbabilities: Bool

  init(_ path: String) throws {
    let root = try File(reading: path).root
    func tensor(_ name: String) throws -> Tensor<Double> {
      let dataset = try root.dataset(name)
      return Tensor(shape: Shape(dataset.shape), scalars: try dataset.read(as: Double.self))
    }
    images = try tensor("x").float
    labels = try root.dataset("y").read(as: Int.self)
    outputs = try tensor("out")
    losses = try tensor("loss").scalars
    gradient = try tensor("gradx")
    areProbabilities = try root.attributes.string("out_kind") == "probs"
  }

  /// The largest relative differences (in the maximum norm of each array) of what a model gives.
  func differences(_ model: ImportedModel) throws -> (outputs: Double, losses: Double, gradient: Double) {
    let compiled = try CompiledModel(network: model.network, parameters: model.parameters)
    var losses: [Float] = []
    let (logits, gradient) = try compiled.pullback(at: images) { logits, rows in
      let loss = Loss.crossEntropy(logits, labels: Array(labels[rows]))
      losses += loss.values
      return loss.gradient
    }
    let count = Double(images.exampleCount)
    let mean = Tensor(shape: gradient.shape, scalars: gradient.double.scalars.map { $0 / count })
    let outputs = areProbabilities ? Self.softmax(logits.double) : logits.double
    return (
      relativeDifference(outputs, from: self.outputs),
      largestDifference(losses.map(Double.init), self.losses) / (self.losses.max() ?? 1),
      relativeDifference(mean, from: self.gradient)
    )
  }

  /// Passes where the model agrees.
  ///
  /// Both sides compute in single precision (unit roundoff 6e-8) with sums in different orders: over a few dozen layers
  /// the logits differ by less than 1e-5 of the largest, gradients, which pass through as many layers again, by 1e-4.
  func expectAgreement(_ model: ImportedModel, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let worst = try differences(model)
    #expect(worst.outputs <= 1e-5, "outputs", sourceLocation: sourceLocation)
    #expect(worst.losses <= 1e-5, "losses", sourceLocation: sourceLocation)
    #expect(worst.gradient <= 1e-4, "gradient", sourceLocation: sourceLocation)
  }

  private static func softmax(_ logits: Tensor<Double>) -> Tensor<Double> {
    var scalars: [Double] = []
    for row in 0..<logits.exampleCount {
      let values = logits.scalars[row * logits.exampleSize..<(row + 1) * logits.exampleSize]
      let largest = values.max() ?? 0
      let powers = values.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      scalars += powers.map { $0 / sum }
    }
    return Tensor(shape: logits.shape, scalars: scalars)
  }
}
