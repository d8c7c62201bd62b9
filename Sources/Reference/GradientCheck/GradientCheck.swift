import Glibc
public import Networks

/// Back-propagation against central differences, in double precision.
///
/// The relative error ‖g − n‖ / (‖g‖ + ‖n‖) of a back-propagated gradient g and a numerical one n is below 1e-7 for
/// correct code and above 1e-3 where there is a bug. That holds away from the kinks of ReLU and maximum only, so the
/// points at which to probe come from `point(for:exampleCount:seed:)`.
public enum GradientCheck {
  /// Half the distance of the two points of a difference: rounding and truncation are about equal for it.
  public static let epsilon = 1e-5

  /// The relative error below which a gradient is right.
  public static let tolerance = 1e-7

  /// The comparison of one tensor's gradients.
  public struct TensorError: Hashable, Sendable, Codable {
    /// `images`, `logits`, or the key of a parameter.
    public let tensor: String
    /// ‖g − n‖ / (‖g‖ + ‖n‖).
    public let relativeError: Double
    /// How many of the tensor's scalars were probed.
    public let scalarCount: Int
  }

  /// The comparison of all gradients of one network or loss.
  public struct Report: Hashable, Sendable, Codable {
    /// What was checked.
    public let name: String
    /// One comparison per tensor: the input first, then the parameters in the order of the nodes.
    public let errors: [TensorError]
    /// How far the nearest kink is; infinite where there is none.
    public let kinkDistance: Double

    /// The largest relative error; NaN where a gradient is NaN.
    public var worstError: Double {
      errors.map(\.relativeError).reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 }
    }

    /// Whether every gradient is right.
    public var passes: Bool { worstError < tolerance }
  }

  /// Checks the gradients of `sum(output · c)` with respect to the images and every parameter, for a random c.
  ///
  /// - Parameters:
  ///   - name: What the report calls the network.
  ///   - model: The network with its parameters.
  ///   - images: The point at which to probe.
  ///   - mode: Inference or training.
  ///   - seed: The seed of c, and of the choice of scalars.
  ///   - maximumScalars: How many scalars of each tensor are probed at most; two forward passes each.
  /// - Returns: The comparison.
  public static func check(
    _ name: String, _ model: ReferenceModel, at images: Tensor<Double>, mode: Mode = .inference, seed: UInt64 = 0,
    maximumScalars: Int = .max
  ) -> Report {
    let outputs = model.activations(of: images, mode: mode)
    let output = outputs[model.network.outputIndex]
    var stream = RandomSource(seed: seed).stream(.check, lane: Lane.cotangent.rawValue)
    let cotangent = Tensor(shape: output.shape, scalars: output.scalars.map { _ in Double(stream.normal()) })
    let gradients = model.pullback(at: images, cotangent: cotangent, mode: mode)
    let probe = Probe(
      cotangent: cotangent.scalars, scale: zip(output.scalars, cotangent.scalars).reduce(0) { $0 + abs($1.0 * $1.1) },
      maximumScalars: maximumScalars)
    var errors = [
      probe.error("images", gradients.inputGradient, at: images, &stream) {
        model.output(of: $0, mode: mode).scalars
      }
    ]
    for key in model.network.parameterSpecifications.map(\.key) {
      guard let point = model.parameters.tensors[key], let gradient = gradients.parameterGradients.tensors[key]
      else { continue }
      var changed = model
      let error = probe.error(key.description, gradient, at: point, &stream) {
        changed.parameters.tensors[key] = $0
        return changed.output(of: images, mode: mode).scalars
      }
      errors.append(error)
    }
    return Report(name: name, errors: errors, kinkDistance: model.kinkDistance(outputs: outputs))
  }

  /// Checks every network of the catalogue, those that differ in training in that mode too, and every loss.
  public static func allOperations(seed: UInt64 = 0) throws -> [Report] {
    var reports: [Report] = []
    for (name, network) in try catalogue() {
      let (parameters, images) = point(for: network, exampleCount: 3, seed: seed)
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      reports.append(check(name, model, at: images.double, seed: seed))
      guard network.differsInTraining else { continue }
      let mode = Mode.training(trainingContext(exampleCount: 3, seed: seed))
      reports.append(check(name + ", training", model, at: images.double, mode: mode, seed: seed))
    }
    return reports + losses(seed: seed)
  }
}

extension Network {
  /// Whether training mode computes something else than inference mode.
  package var differsInTraining: Bool {
    nodes.contains { node in
      switch node.operation {
      case .batchNormalization, .dropout: true
      default: false
      }
    }
  }
}

/// What the random numbers of a stream are for.
enum Lane: Int {
  case parameters, images, cotangent, logits
}

/// Numerical gradients of `sum(output · cotangent)`.
struct Probe {
  let cotangent: [Double]
  /// Σ |output · cotangent|: what the rounding errors of a difference are proportional to.
  let scale: Double
  let maximumScalars: Int

  /// Compares `gradient` with differences of `output`, a function of the tensor that stands at `point`.
  func error(
    _ name: String, _ gradient: Tensor<Double>, at point: Tensor<Double>, _ stream: inout RandomStream,
    _ output: (Tensor<Double>) -> [Double]
  ) -> GradientCheck.TensorError {
    let count = point.scalars.count
    let places = count <= maximumScalars ? Array(0..<count) : Array(stream.permutation(count).prefix(maximumScalars))
    let numerical = places.map { difference(of: output, at: point, place: $0) }
    let analytic = places.map { gradient.scalars[$0] }
    return GradientCheck.TensorError(
      tensor: name, relativeError: relativeError(analytic, numerical), scalarCount: places.count)
  }

  private func difference(of output: (Tensor<Double>) -> [Double], at point: Tensor<Double>, place: Int) -> Double {
    var above = point.scalars
    var below = point.scalars
    above[place] += GradientCheck.epsilon
    below[place] -= GradientCheck.epsilon
    let upper = output(Tensor(shape: point.shape, scalars: above))
    let lower = output(Tensor(shape: point.shape, scalars: below))
    let rise = cotangent.indices.reduce(0) { $0 + cotangent[$1] * (upper[$1] - lower[$1]) }
    return rise / (above[place] - below[place])
  }

  /// ‖a − b‖ / (‖a‖ + ‖b‖); 0 where both are no more than rounding, as for a bias before batch normalisation.
  func relativeError(_ a: [Double], _ b: [Double]) -> Double {
    let norms = norm(a) + norm(b)
    let rounding = scale * Double.ulpOfOne / GradientCheck.epsilon * Double(a.count).squareRoot()
    // Rounding errors of the layers below the output add up to a few times those of the output itself.
    if norms <= 16 * rounding { return 0 }
    return norm(zip(a, b).map(-)) / norms
  }

  private func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
