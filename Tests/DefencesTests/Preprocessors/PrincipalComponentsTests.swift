import Defences
import Exchange
import Networks
import Testing

@Suite struct PrincipalComponentsTests {
  @Test func principalComponentsOfTheDigits() throws {
    let training = try Digits.images("train").images
    let components = try PrincipalComponents(fitting: training, components: 5)
    // sklearn 1.9.1: PCA(5, svd_solver="full").fit(x_train.reshape(-1, 64).astype(float)). The iteration ends at a change
    // of 1e-10 of the variance held, whose first components have converged further: 1e-7 of each.
    for (found, expected) in zip(
      components.variances,
      [0.7012232600781444, 0.6508898356344279, 0.5535906079972079, 0.3966094952389945, 0.2747283788174049])
    {
      #expect(abs(found - expected) < 1e-7 * expected, "\(found), not \(expected)")
    }
    let image = try Digits.images("test", count: 1).images
    let projected = try components.apply(image, draw: Draw())
    let every5th = stride(from: 0, to: 64, by: 5).map { projected.scalars[$0] }
    for (found, expected) in zip(
      every5th,
      [
        0, 0.34669559603815514, 0.20704351622211592, 0.011548454419656483, 0.9049566766053865, 0.031519129954839506,
        -0.04897598682531551, 1.0065467664071317, 0.0012528995253190333, 0.3905575786454573, 0.11486506289077392,
        0.03597061742988865, 0.7471728332872215,
      ])
    {
      #expect(abs(Double(found) - expected) < 1e-5, "\(found), not \(expected)")
    }
    let error = try slopeError(of: components, at: image)
    #expect(error < 1e-4, "\(error)")
    #expect(throws: DefenceError.self) { try components.apply(Tensor(shape: [1, 1, 4, 4]), draw: Draw()) }
  }
}
