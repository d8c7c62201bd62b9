import Networks
import Training

/// Training by bounds of a network with batch normalisation: bounds take the statistics of the images as they are, of
/// the same mini-batch, and the loss depends on the weights through these too; as in Shi et al.'s code,
/// arXiv 2103.17268.
///
/// A first pass finds the statistics. With them the normalisations become part of the layers before them
/// (`FoldedNormalization`), and bounds of that network give gradients, of the statistics among others. A second pass of
/// the images takes those back, as gradients at the inputs of the normalisations:
///
///     ∂L/∂xᵢ = (∂L/∂μ + 2 (xᵢ − μ) ∂L/∂v) / M,   M numbers per channel
struct NormalizedPass: Sendable {
  private let base: Network
  private let fold: FoldedNormalization
  /// The classifier, with what its normalisations read among the outputs.
  private let model: any TrainableClassifier
  /// Where that begins in the outputs, by normalisation.
  private let places: [Place]

  private struct Place: Sendable {
    let name: String
    let start: Int
    let channels: Int
    let area: Int
  }

  /// Prepares it for a model.
  ///
  /// - Throws: `NetworkError` where a batch normalisation does not follow a layer with weights.
  init(of model: some TrainableClassifier) throws {
    base = model.network
    fold = try FoldedNormalization(of: base)
    var network = base
    network.outputTransforms = []
    var (outputs, places, start) = ([base.outputIndex], [Place](), base.outputShape.count)
    for node in base.nodes {
      guard case .batchNormalization = node.operation else { continue }
      let input = node.inputs[0]
      let flat = "\(node.name)/input"
      outputs.append(
        node.shape.rank == 1 ? input : try network.append(.flatten(.channelsFirst), named: flat, to: [input]))
      places.append(
        Place(name: node.name, start: start, channels: node.shape[0], area: node.shape.count / node.shape[0]))
      start += node.shape.count
    }
    try network.append(.concatenate(axis: 0), named: "normalized/outputs", to: outputs)
    self.model = try model.model(of: network, parameters: model.parameters)
    self.places = places
  }

  /// The gradient of the mean loss of a mini-batch.
  ///
  /// - Parameters:
  ///   - parameters: The weights of the classifier.
  ///   - batch: The mini-batch.
  ///   - cleanWeight: The weight of the cross-entropy of the images themselves.
  ///   - bounds: A pass of bounds of the folded network.
  /// - Returns: The pass.
  /// - Throws: What `bounds` and the engine throw.
  func pass(
    at parameters: Parameters, over batch: Minibatch, cleanWeight: Float,
    bounds: (_ folded: Parameters) throws -> ObjectivePass
  ) throws -> ObjectivePass {
    model.updateParameters { $0 = parameters }
    let (images, labels) = (batch.examples.images, batch.examples.labels)
    let first = try model.trainingPass(at: images, context: batch.context) { outputs, _ in Tensor(shape: outputs.shape)
    }
    let frozen = freezing(first.batchStatistics, in: parameters, images: labels.count)
    var result = try bounds(base.foldingBatchNormalization(frozen).parameters.products)
    let gradients = fold.pullback(result.gradients, at: frozen)
    let clean = Loss.crossEntropy(first.logits.leading(base.outputShape.count), labels: labels)
    let logitGradient = clean.gradient.scaled(by: cleanWeight / Float(labels.count))
    let second = try model.trainingPass(at: images, context: batch.context) { outputs, rows in
      cotangent(outputs, logits: logitGradient.examples(rows), gradients, frozen, images: labels.count)
    }
    result.gradients = second.gradients
    for key in second.gradients.tensors.keys {
      if let gradient = gradients.tensors[key] {
        result.gradients.tensors[key] = result.gradients.tensors[key]?.adding(gradient)
      }
    }
    result.lossSum += Double(cleanWeight) * clean.values.reduce(0) { $0 + Double($1) }
    result.batchStatistics = first.batchStatistics
    return result
  }

  /// The parameters with the mini-batch's mean and biased variance, by which training normalises.
  private func freezing(_ statistics: Parameters, in parameters: Parameters, images: Int) -> Parameters {
    var frozen = parameters
    for place in places {
      let count = Float(images * place.area)
      frozen[place.name, .mean] = statistics[place.name, .mean]
      frozen[place.name, .variance] = statistics[place.name, .variance]?.scaled(by: (count - 1) / count)
    }
    return frozen
  }

  /// The gradient at the outputs: of the logits, and through the statistics.
  private func cotangent(
    _ outputs: Tensor<Float>, logits: Tensor<Float>, _ gradients: Parameters, _ frozen: Parameters, images: Int
  ) -> Tensor<Float> {
    var result = Tensor<Float>(shape: outputs.shape)
    let (classes, size) = (logits.exampleSize, outputs.exampleSize)
    result.withUnsafeMutableScalars { result in
      for row in 0..<logits.exampleCount {
        for place in 0..<classes { result[row * size + place] = logits.scalars[row * classes + place] }
      }
      outputs.withUnsafeScalars { outputs in
        for place in places {
          guard let mean = frozen[place.name, .mean]?.scalars, let ofMean = gradients[place.name, .mean]?.scalars,
            let ofVariance = gradients[place.name, .variance]?.scalars
          else { continue }
          let share = 1 / Float(images * place.area)
          for start in stride(from: place.start, to: outputs.count, by: size) {
            for index in 0..<place.channels * place.area {
              let channel = index / place.area
              let distance = outputs[start + index] - mean[channel]
              result[start + index] = share * (ofMean[channel] + 2 * distance * ofVariance[channel])
            }
          }
        }
      }
    }
    return result
  }
}
