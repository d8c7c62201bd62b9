import Networks
import Testing
import Training

@Suite struct NadamTests {
  @Test func defaults() {
    // torch.optim.NAdam(lr=0.1)
    expectEqual(
      trajectory(of: Nadam()),
      [
        [0.8943548202514648, -1.8943548202514648, 0.39435482025146484, -0.10564517974853516],
        [0.8123194575309753, -1.807708501815796, 0.29678213596343994, -0.2019399106502533],
        [0.7324274182319641, -1.7217509746551514, 0.19950462877750397, -0.29811978340148926],
        [0.6501533389091492, -1.632649540901184, 0.09973251819610596, -0.3969689607620239],
      ])
  }

  @Test func otherSettings() {
    // torch.optim.NAdam(lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.01, momentum_decay=0.01)
    expectEqual(
      trajectory(of: Nadam(beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.01, momentumDecay: 0.01)),
      [
        [0.8905097842216492, -1.8905024528503418, 0.3905285894870758, -0.109097421169281],
        [0.8001177906990051, -1.7954224348068237, 0.284681499004364, -0.21347765624523163],
        [0.7093960642814636, -1.6983540058135986, 0.17630818486213684, -0.32060107588768005],
        [0.6148571968078613, -1.5965269804000854, 0.06372258067131042, -0.43212372064590454],
      ])
  }

  @Test func resumesFromItsState() {
    let key = ParameterKey("a", .weight)
    var whole = Nadam()
    var parameters = Parameters([key: Tensor(shape: [2], scalars: [1, -1])])
    let gradients = Parameters([key: Tensor(shape: [2], scalars: [0.5, 2])])
    for _ in 0..<3 { whole.update(&parameters, gradients: gradients, learningRate: 0.1) }
    var resumed = Nadam()
    resumed.state = whole.state
    var copy = parameters
    whole.update(&parameters, gradients: gradients, learningRate: 0.1)
    resumed.update(&copy, gradients: gradients, learningRate: 0.1)
    #expect(parameters == copy)
  }
}
