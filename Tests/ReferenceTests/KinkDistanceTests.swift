import Networks
import Reference
import Testing

@Suite struct KinkDistanceTests {
  @Test(
    arguments: [
      (.activation(.relu), 0.5), (.activation(.relu6), 0.25), (.activation(.hardSwish), 0.75),
      (.activation(.hardSigmoid(slope: 0.25)), 0.25), (.activation(.tanh), .infinity), (.softmax, .infinity),
      (.globalPooling(GlobalPooling(.max)), 1.5), (.globalPooling(GlobalPooling(.average)), .infinity),
      (.pooling(Pooling(.max, kernel: Extent(2))), 1.5), (.pooling(Pooling(.max, kernel: Extent(2, 1))), 5.25),
      (.pooling(Pooling(.average(countsPadding: true), kernel: Extent(2))), .infinity),
    ] as [(Operation, Double)])
  func nearestKink(operation: Operation, distance: Double) throws {
    let model = try ReferenceModel.single(operation, from: [1, 2, 2])
    let images = Tensor<Double>(shape: [1, 1, 2, 2], scalars: [5.75, -2.25, 0.5, 4.25])
    let report = GradientCheck.check("kink", model, at: images)
    #expect(report.kinkDistance == distance)
  }

  @Test func equalValuesDoNotCount() throws {
    let model = try ReferenceModel.single(.globalPooling(GlobalPooling(.max)), from: [1, 2, 2])
    let report = GradientCheck.check("ties", model, at: Tensor(shape: [1, 1, 2, 2], repeating: 0))
    #expect(report.kinkDistance == .infinity)
  }
}
