import Networks
import Reference
import TestSupport
import Testing

@Suite struct GradientCheckTests {
  @Test func everyOperationIsInTheCatalogue() throws {
    let present = Set(try GradientCheck.catalogue().flatMap { $0.network.nodes.map(\.operation.kindName) })
    for kind in Operation.kindNames {
      #expect(present.contains(kind), "no network of the catalogue holds '\(kind)'")
    }
  }

  @Test func namesAreUnique() throws {
    let names = try GradientCheck.catalogue().map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: [0, 1, 2] as [UInt64])
  func everyGradientAgreesWithDifferences(seed: UInt64) throws {
    let reports = try GradientCheck.allOperations(seed: seed)
    for report in reports {
      #expect(report.passes, "\(report)")
      #expect(report.kinkDistance >= GradientCheck.kinkMargin, "\(report.name): a kink \(report.kinkDistance) away")
      // A gradient that is zero everywhere would agree with anything that is constant.
      #expect(report.errors.allSatisfy { $0.scalarCount > 0 })
    }
    #expect(reports.count > 100)
  }

  @Test func everyLossIsChecked() throws {
    let names = Set(try GradientCheck.allOperations().map(\.name))
    for name in Loss.names + ["targeted dlr", "KL divergence", "KL divergence, reference"] {
      #expect(names.contains("loss: " + name))
    }
  }

  @Test func aWholeModelAtSampledPixels() throws {
    let network = try Network.chain(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3))), .activation(.relu),
      .pooling(Pooling(.max, kernel: Extent(2))), .flatten(.channelsFirst), .dense(Dense(outputs: 3)),
      from: [1, 12, 12])
    let (parameters, _) = GradientCheck.point(for: network, exampleCount: 1, seed: 5)
    let model = try ReferenceModel(network: network, parameters: parameters.double)
    let images = GradientCheck.images(for: model, exampleCount: 2, seed: 5)
    #expect(images.shape == [2, 1, 12, 12])
    #expect(images.scalars.allSatisfy { (0...1).contains($0) })
    let report = GradientCheck.check("network", model, at: images, maximumScalars: 20)
    #expect(report.passes, "\(report)")
  }

  @Test func aKinkIsDetected() throws {
    let network = try Network.chain(.activation(.relu), from: [3])
    let model = try ReferenceModel(network: network, parameters: ParameterSet())
    let onTheKink = GradientCheck.check("kink", model, at: Tensor(shape: [1, 3], scalars: [1, 0, -1]))
    #expect(onTheKink.kinkDistance == 0)
    // Back-propagation says 0 where the difference says 1/2.
    #expect(onTheKink.worstError > 0.01)
    #expect(!onTheKink.passes)
    let beside = GradientCheck.check("beside", model, at: Tensor(shape: [1, 3], scalars: [1, 0.5, -1]))
    #expect(beside.kinkDistance == 0.5)
    #expect(beside.passes)
  }

  @Test func aNaNDoesNotPass() throws {
    let network = try Network.chain(.activation(.tanh), from: [2])
    let model = try ReferenceModel(network: network, parameters: ParameterSet())
    let report = GradientCheck.check("not a number", model, at: Tensor(shape: [1, 2], scalars: [.nan, 1]))
    #expect(report.worstError.isNaN)
    #expect(!report.passes)
  }

  @Test func aSampleOfScalarsIsEnough() throws {
    let network = try Network.chain(.dense(Dense(outputs: 5)), from: [8])
    let (parameters, images) = GradientCheck.point(for: network, exampleCount: 1, seed: 3)
    let model = try ReferenceModel(network: network, parameters: parameters.double)
    let report = GradientCheck.check("dense", model, at: images.double, maximumScalars: 6)
    #expect(report.errors.map(\.tensor) == ["images", "dense1/weight", "dense1/bias"])
    #expect(report.errors.map(\.scalarCount) == [6, 6, 5])
    #expect(report.passes)
  }
}
