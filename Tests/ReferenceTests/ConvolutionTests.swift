import Networks
import Reference
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  private func convolution(_ kernel: [[Double]], on height: Int, _ width: Int) throws -> ReferenceModel {
    let payload = Convolution(
      outputChannels: 1, kernel: Extent(kernel.count, kernel[0].count), hasBias: false)
    return try .single(.convolution(payload), from: [1, height, width], [.weight: Array(kernel.joined())])
  }

  @Test func oneDimension() throws {
    let model = try convolution([[1, 2]], on: 1, 3)
    let images = Tensor.image([[3, 4, 5]])
    let result = model.pullback(at: images, cotangent: .image([[1, -1]]))
    #expect(result.output.scalars == [11, 14])
    #expect(result.parameterGradients["operation", .weight]?.scalars == [-1, -1])
    #expect(result.inputGradient.scalars == [1, 1, -2])
  }

  @Test func patternUnderItsOwnKernel() throws {
    let cross: [[Double]] = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    #expect(try convolution(cross, on: 3, 3)(Array(cross.joined())) == [5])
  }

  @Test func verticalEdges() throws {
    let model = try convolution(Array(repeating: [1, 0, -1], count: 3), on: 5, 5)
    let output = model([2, 0, 1, 3, 0, 1, 1, 2, 0, 1, 0, 3, 1, 1, 2, 1, 0, 2, 3, 1, 2, 1, 0, 1, 0])
    // The middle by hand: (1 + 3 + 0) − (0 + 1 + 3).
    #expect(output[4] == 0)
    #expect(output == [-1, 0, 1, -3, 0, 1, 0, -1, 0])
  }

  @Test func biasPerFilter() throws {
    let payload = Convolution(outputChannels: 2, kernel: Extent(1))
    let model = try ReferenceModel.single(
      .convolution(payload), from: [1, 1, 2], [.weight: [1, -1], .bias: [10, 20]])
    #expect(model([1, 2]) == [11, 12, 19, 18])
  }

  @Test func weightGradientIsACorrelationOfInputAndCotangent() throws {
    let images = Tensor.pattern([1, 1, 6, 5])
    let cotangent = Tensor.pattern([1, 1, 4, 3], multiplier: 11, modulus: 17)
    let model = try convolution([[1, -2, 0.5], [0, 1, 3], [-1, 2, 1]], on: 6, 5)
    let gradient = model.pullback(at: images, cotangent: cotangent).parameterGradients["operation", .weight]
    let rows = (0..<4).map { Array(cotangent.scalars[$0 * 3..<$0 * 3 + 3]) }
    let correlation = try convolution(rows, on: 6, 5)(images.scalars)
    // Sums of twelve multiples of 1/64 are exact.
    #expect(gradient?.scalars == correlation)
  }

  @Test func inputGradientIsTheFullCorrelationWithTheFlippedKernel() throws {
    let kernel: [[Double]] = [[1, -2, 0.5], [0, 1, 3]]
    let cotangent = Tensor.pattern([1, 1, 4, 3])
    let gradient = try convolution(kernel, on: 5, 5).inputGradient(
      at: Tensor.pattern([1, 1, 5, 5]).scalars, of: cotangent.scalars)
    let full = Convolution(
      outputChannels: 1, kernel: Extent(2, 3), padding: Edges(top: 1, bottom: 1, left: 2, right: 2), hasBias: false)
    let flipped = try ReferenceModel.single(
      .convolution(full), from: [1, 4, 3], [.weight: kernel.joined().reversed()])
    #expect(gradient == flipped(cotangent.scalars))
  }

  @Test func shiftedImagesGiveShiftedOutputs() throws {
    let payload = Convolution(outputChannels: 2, kernel: Extent(3, 2), hasBias: true)
    var network = try Network(inputShape: [2, 9, 9])
    let features = try network.append(.convolution(payload), named: "convolution")
    try network.append(.globalPooling(GlobalPooling(.average)), named: "pooling")
    var parameters = ParameterSet<Double>()
    for item in network.parameterSpecifications { parameters.tensors[item.key] = .pattern(item.shape, multiplier: 5) }
    let model = try ReferenceModel(network: network, parameters: parameters)
    // A spot that keeps away from the border wherever it is moved to.
    func spot(_ a: Int, _ b: Int) -> Tensor<Double> {
      var scalars = [Double](repeating: 0, count: 2 * 81)
      for c in 0..<2 {
        for i in 0..<3 { for j in 0..<2 { scalars[c * 81 + (2 + i + a) * 9 + 2 + j + b] = Double(1 + c + 2 * i - j) } }
      }
      return Tensor(shape: [1, 2, 9, 9], scalars: scalars)
    }
    let here = model.activations(of: spot(0, 0), mode: .inference)
    for (a, b) in [(1, 0), (0, 2), (2, 3)] {
      let there = model.activations(of: spot(a, b), mode: .inference)
      for o in 0..<2 {
        for i in a..<7 {
          for j in b..<8 {
            #expect(
              there[features].scalars[(o * 7 + i) * 8 + j] == here[features].scalars[(o * 7 + i - a) * 8 + j - b])
          }
        }
      }
      // The same 56 numbers in another order: their mean may round differently in its last bits.
      #expect(relativeDifference(there[2], from: here[2]) < 1e-14)
    }
  }
}
