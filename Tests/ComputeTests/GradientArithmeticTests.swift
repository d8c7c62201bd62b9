import Compute
import Networks
import Testing

/// Passes with less precision than the logits that judge.
@Suite struct GradientArithmeticTests {
  /// 64 channels and planes of 8×8: what Winograd's algorithm is taken for.
  private static let network = Result {
    var network = try Network(inputShape: [3, 8, 8])
    for (name, channels) in [("conv1", 64), ("conv2", 64), ("conv3", 64)] {
      let padding = Edges(top: 1, bottom: 1, left: 1, right: 1)
      try network.append(
        .convolution(Convolution(outputChannels: channels, kernel: Extent(3), padding: padding)), named: name)
      try network.append(.activation(.relu), named: "\(name)_relu")
    }
    try network.append(.globalPooling(GlobalPooling(.average)), named: "pool")
    try network.append(.dense(Dense(outputs: 10)), named: "logits")
    return network
  }

  private func passes(_ arithmetic: GradientArithmetic) throws -> (
    model: CompiledModel, logits: Tensor<Float>, gradient: Tensor<Float>
  ) {
    let network = try Self.network.get()
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 5))
    let model = try CompiledModel(network: network, parameters: parameters, gradients: arithmetic)
    var stream = RandomSource(seed: 5).stream(.data)
    let images = Tensor<Float>(shape: [20, 3, 8, 8], scalars: (0..<20 * 192).map { _ in stream.uniform() })
    let pass = try model.pullback(at: images) { logits, _ in
      Tensor(shape: logits.shape, scalars: logits.scalars.indices.map { Float($0 % 10) - 4.5 })
    }
    // What judges is the same whatever the gradients.
    let direct = try CompiledModel(network: network, parameters: parameters)
    #expect(try model.logits(of: images) == direct.logits(of: images))
    return (model, pass.logits, pass.gradient)
  }

  /// ‖a − b‖ / ‖b‖.
  private func distance(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Double {
    let squares = zip(a.scalars, b.scalars).map { (Double($0 - $1) * Double($0 - $1), Double($1) * Double($1)) }
    return (squares.reduce(0) { $0 + $1.0 } / squares.reduce(0) { $0 + $1.1 }).squareRoot()
  }

  /// Winograd's transforms for tiles of 4×4 amplify rounding, 6e-8, about a hundredfold (Lavin and Gray); three layers there
  /// and back stay below 1e-4, and differ.
  @Test func winogradIsNearDirect() throws {
    let (direct, winograd) = (try passes(.direct), try passes(.winograd))
    #expect(direct.model.pullbackLogitsAreExact && !winograd.model.pullbackLogitsAreExact)
    for found in [distance(winograd.logits, direct.logits), distance(winograd.gradient, direct.gradient)] {
      #expect(found > 0 && found < 1e-4, "differs by \(found)")
    }
  }

  /// bfloat16 keeps 8 bits: every factor is off by up to 2⁻⁹, and sums of many of them by less, relative to their size. Units
  /// of ReLU near zero change sides, so that of a gradient's length some hundredths may differ.
  @Test func bfloat16IsNearDirect() throws {
    guard GradientArithmetic.bfloat16.isAvailable else {
      print("skipped: no bfloat16 on this processor")
      return
    }
    let (direct, bfloat16) = (try passes(.direct), try passes(.bfloat16))
    #expect(!bfloat16.model.pullbackLogitsAreExact)
    for (found, bound) in [
      (distance(bfloat16.logits, direct.logits), 0.02), (distance(bfloat16.gradient, direct.gradient), 0.1),
    ] {
      #expect(found > 1e-5 && found < bound, "differs by \(found)")
    }
  }

  @Test func smallNetworksStayDirect() throws {
    let network = try Architectures.network("digits-cnn", inputShape: [1, 8, 8], classCount: 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    #expect(try CompiledModel(network: network, parameters: parameters, gradients: .winograd).pullbackLogitsAreExact)
  }
}
