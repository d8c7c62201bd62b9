import Networks
import Testing
import Training

@Suite struct RunningStatisticsTests {
  @Test func matchPyTorch() throws {
    var network = try Network(inputShape: [2, 1, 2])
    try network.append(.batchNormalization(BatchNormalization(momentum: 0.25)), named: "norm")
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 0))
    // BatchNorm2d(2, momentum=0.25) on [[[[1, 2]], [[0, 4]]], [[[3, 6]], [[-2, 2]]]]: means 3, 1, unbiased variances
    // 14/3, 20/3; PyTorch 2.13 then has running_mean 0.75, 0.25 and running_var 1.9166666, 2.4166665.
    let batch = Parameters([
      ParameterKey("norm", .mean): Tensor(shape: [2], scalars: [3, 1]),
      ParameterKey("norm", .variance): Tensor(shape: [2], scalars: [14 / 3, 20 / 3]),
    ])
    network.updateRunningStatistics(in: &parameters, towards: batch)
    #expect(parameters["norm", .mean]?.scalars == [0.75, 0.25])
    let variance = parameters["norm", .variance]?.scalars ?? []
    // One rounding more or less: an ulp of 2.
    #expect(zip(variance, [1.9166666, 2.4166665]).allSatisfy { abs($0 - $1) <= 2.4e-7 } && variance.count == 2)
    #expect(parameters["norm", .scale]?.scalars == [1, 1])
  }
}
