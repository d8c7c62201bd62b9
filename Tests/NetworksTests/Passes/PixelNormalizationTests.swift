import Networks
import Testing

@Test func normalisationsAreReadFromText() throws {
  let each = try PixelNormalization("mean=0.4914,0.4822,0.4465,std=0.2471,0.2435,0.2616")
  #expect(each == NamedNormalization.cifar10.normalization)
  #expect(try PixelNormalization("CIFAR10") == each)
  #expect(try PixelNormalization("std=0.5,mean=-1e-3") == PixelNormalization("mean=-0.001,std=0.5"))
  // One for all beside one for each.
  #expect(try PixelNormalization("mean=0.5,std=1,2").mean == [0.5, 0.5])
  #expect(try PixelNormalization(each.description) == each)
}

@Test(
  arguments: [
    ("", "expected mean=M,std=S"), ("0.5", "expected mean=M,std=S"), ("mean=0.5", "expected mean=M,std=S"),
    ("mean=0.5,std=", "expected mean=M,std=S"), ("mean=0.5,std=a", "expected mean=M,std=S"),
    ("mean=nan,std=1", "expected mean=M,std=S"), ("mean=0.5,std=1,scale=2", "expected mean=M,std=S"),
    ("mean=1,mean=2,std=1", "expected mean and std once each, found 'mean' again"),
    ("mean=1,2,3,std=1,2", "expected as many means as standard deviations, found 3 and 2"),
    ("mean=0,std=0", "expected standard deviations above 0, found 0.0"),
    ("mean=0,std=-1", "expected standard deviations above 0"),
    ("mean=0,std=1e-45", "expected standard deviations above 0"),
    ("mnist", "or cifar10, imagenet, found 'mnist'"),
  ])
func malformedNormalisationsAreRefused(text: String, message: String) throws {
  let error = try #require(throws: PixelNormalization.Malformed.self) { try PixelNormalization(text) }
  #expect(error.description.contains(message), "\(error)")
}

@Test func aNormalisationGoesBeforeEverythingElse() throws {
  var network = try Network(inputShape: [2, 3, 3])
  try network.append(.activation(.relu), named: "normalize")
  try network.append(.add, named: "sum", to: [0, 1])
  network.hadFinalSoftmax = true
  let plain = network
  #expect(plain.inputNormalization == nil)
  #expect(try network.insertNormalization(PixelNormalization("mean=0.5,std=0.25")) == "input.normalize")
  #expect(network.inputNormalization == 1)
  #expect(network.nodes.map(\.name) == ["input", "input.normalize", "normalize", "sum"])
  #expect(network.nodes.map(\.inputs) == [[], [0], [1], [1, 2]])
  #expect(network.hadFinalSoftmax && network.outputShape == plain.outputShape)
  #expect(throws: NetworkError.self) { try network.insertNormalization(PixelNormalization("mean=1,2,3,std=1")) }
}
