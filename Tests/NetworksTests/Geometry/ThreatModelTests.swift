import FoundationEssentials
import Networks
import Testing

@Test func invalidThreatModelsAreRefused() throws {
  try ThreatModel(norm: .l2, radius: 0).validate()
  for radius in [Float.nan, .infinity, -0.5] {
    #expect(throws: ThreatModelError.self) { try ThreatModel(norm: .linf, radius: radius).validate() }
  }
  #expect(throws: ThreatModelError.bounds(0...(.infinity))) {
    try ThreatModel(norm: .linf, radius: 1, bounds: 0...(.infinity)).validate()
  }
}

@Test func aThreatModelSurvivesCoding() throws {
  let threat = ThreatModel(norm: .l1, radius: 0.3, bounds: -1...1)
  let text = try JSONEncoder().encode(threat)
  #expect(try JSONDecoder().decode(ThreatModel.self, from: text) == threat)
}

@Test(arguments: Norm.allCases) func anInvalidRadiusTrapsNowhere(norm: Norm) {
  for radius in [Float.nan, .infinity, -1, 1e30] {
    var points = Tensor<Float>(shape: [1, 2], scalars: [0.9, 0.1])
    let centers = Tensor<Float>(shape: [1, 2], scalars: [0.5, 0.5])
    ThreatModel(norm: norm, radius: radius).project(&points, around: centers)
    #expect(points.scalars.count == 2)
  }
}
