import Hyperparameters
import Networks
import Testing

@Suite struct ArchitecturesTests {
  private func network(_ text: String, _ shape: Shape, _ classes: Int) throws -> Network {
    try Architectures.network(text, inputShape: shape, classCount: classes)
  }

  @Test func tinyCNN() throws {
    let network = try network("tinycnn", [1, 8, 8], 3)
    #expect(network.nodes.map(\.shape) == [[1, 8, 8], [3, 6, 6], [3, 6, 6], [3, 3, 3], [27], [3]])
    #expect(network.nodes.indices.map(network.parameterCount(of:)) == [0, 30, 0, 0, 0, 84])
    #expect(try self.network("tinycnn", [1, 8, 8], 4).parameterCount == 142)
  }

  @Test func parameterCounts() throws {
    for (hidden, count) in [(1, 71), (4, 275), (8, 547), (12, 819), (18, 1227)] {
      #expect(try network("mlp:hidden=\(hidden)", [1, 8, 8], 3).parameterCount == count)
    }
    #expect(try network("mlp:hidden=8", [1, 8, 8], 4).parameterCount == 556)
    #expect(try network("mlp:hidden=18", [1, 8, 8], 4).parameterCount == 1246)
    #expect(try network("lenet5", [1, 28, 28], 10).parameterCount == 61_706)
    #expect(try network("mnist-madry", [1, 28, 28], 10).parameterCount == 3_274_634)
    #expect(try network("mnist-small", [1, 28, 28], 10).parameterCount == 166_406)
    let digits = try network("digits-cnn", [1, 8, 8], 10)
    // 80 normalised channels replace 80 biases by 160 trained scalars and keep 160 statistics.
    #expect(digits.parameterCount == 144 + 4608 + 9216 + 160 + 5130 && digits.stateCount == 160)
  }

  @Test func multiplyAccumulatesOfTheSmallMNISTNetwork() throws {
    // 14²·16·16 + 7²·32·256 + 1568·100 + 1000: the 0.61 million of the published cost estimates.
    #expect(try network("mnist-small", [1, 28, 28], 10).multiplyAccumulates == 609_384)
  }

  /// Trained parameters at the sizes the architectures were published for, by torchvision and the papers' code.
  @Test(arguments: [
    ("alexnet", 61_100_840), ("vgg11", 132_863_336), ("vgg13", 133_047_848), ("vgg16", 138_357_544),
    ("vgg19", 143_667_240), ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
    ("densenet121", 7_978_856), ("efficientnet-b0", 5_288_548), ("mobilenet:stride=2", 4_231_976),
    ("convnext-tiny", 28_589_128), ("convnext-small", 50_223_688), ("convnext-base", 88_591_464),
    ("vgg11-bn", 132_868_840), ("vgg13-bn", 133_053_736), ("vgg16-bn", 138_365_992), ("vgg19-bn", 143_678_248),
    ("mobilenet-v3-small", 2_542_856), ("mobilenet-v3-large", 5_483_032), ("regnet-x-400mf", 5_495_976),
    ("regnet-x-800mf", 7_259_656), ("regnet-y-400mf", 4_344_144), ("regnet-y-800mf", 6_432_512),
    ("inception-resnet-v2", 55_843_464),
  ])
  func parameterCountsForLargeImages(name: String, count: Int) throws {
    let network = try network(name, [3, 224, 224], 1000)
    #expect(network.parameterCount == count)
    #expect(try network.classCount() == 1000)
  }

  @Test(arguments: [
    ("resnet18-cifar", 11_173_962), ("resnet20-cifar", 272_474), ("resnet56-cifar", 855_770),
    ("preact-resnet18-cifar", 11_172_170), ("wide-resnet-28-10", 36_479_194), ("wide-resnet-34-10", 46_160_474),
    ("densenet-cifar", 769_162), ("mobilenet", 3_217_226),
  ])
  func parameterCountsForCIFAR(name: String, count: Int) throws {
    #expect(try network(name, [3, 32, 32], 10).parameterCount == count)
    #expect(
      try network(name + (name.contains(":") ? "," : ":") + "normalize=cifar10", [3, 32, 32], 10).stateCount
        == network(name, [3, 32, 32], 10).stateCount + 6)
  }

  /// Sums of (inputs · outputs · kernel) and biases, layer by layer.
  @Test(arguments: [
    ("mnist-large", 320 + 16_416 + 18_496 + 65_600 + 1_606_144 + 262_656 + 5_130),
    ("mnist-trades", 320 + 9_248 + 18_496 + 36_928 + 205_000 + 40_200 + 2_010),
    ("mnist-ibp-small", 272 + 8_224 + 320_100 + 1_010),
    ("mnist-ibp-medium", 320 + 16_416 + 18_496 + 65_600 + 524_800 + 262_656 + 5_130),
    ("mnist-ibp-large", 640 + 36_928 + 73_856 + 147_584 + 147_584 + 12_845_568 + 5_130),
  ])
  func parameterCountsForMNIST(name: String, count: Int) throws {
    #expect(try network(name, [1, 28, 28], 10).parameterCount == count)
  }

  @Test func samePaddingIsTensorFlows() throws {
    let network = try network("mnist-ibp-large", [1, 28, 28], 10)
    let paddings = network.nodes.compactMap { node -> Edges? in
      if case .convolution(let payload) = node.operation { payload.padding } else { nil }
    }
    let strided = Edges(top: 0, bottom: 1, left: 0, right: 1)
    #expect(paddings == [Edges(1), Edges(1), strided, Edges(1), Edges(1)])
    #expect(network.nodes[5].shape == [128, 14, 14])
  }

  @Test(arguments: Architectures.names.filter { $0 != "alexnet" && !$0.hasPrefix("vgg") && !$0.hasPrefix("inception") })
  func everyOneFitsSmallImagesAndStarts(name: String) throws {
    for (shape, classes): (Shape, Int) in [([1, 28, 28], 10), ([3, 32, 32], 7)] {
      // The smallest images that its five halvings leave something of.
      let needs32 = name.hasPrefix("convnext") || name == "densenet121"
      let shape = needs32 && shape[0] == 1 ? [1, 32, 32] : shape
      let network = try network(name, shape, classes)
      #expect(network.inputShape == shape)
      #expect(try network.classCount() == classes)
      guard network.parameterCount < 3_000_000 else { continue }
      try network.check(Parameters.initial(for: network, random: RandomSource(seed: 3)))
    }
  }

  @Test func normalizationIsANodeWithItsValues() throws {
    let network = try network("resnet18-cifar:width=2,normalize=cifar10", [3, 32, 32], 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    let scale = try #require(parameters["normalize", .scale])
    let shift = try #require(parameters["normalize", .shift])
    let means: [Float] = [0.4914, 0.4822, 0.4465]
    for (c, deviation): (Int, Float) in [0.2471, 0.2435, 0.2616].enumerated() {
      // Roundings of 1/σ and m/σ.
      #expect(abs(scale.scalars[c] * means[c] + shift.scalars[c]) < 1e-6)
      #expect(abs(scale.scalars[c] * (means[c] + deviation) + shift.scalars[c] - 1) < 1e-6)
    }
    #expect(network.parameterSpecifications(of: 1).allSatisfy { !$0.isTrainable })
    #expect(throws: ArchitectureError.self) { try self.network("resnet20-cifar:normalize=cifar10", [1, 28, 28], 10) }
    #expect(throws: ArchitectureError.self) { try self.network("resnet20-cifar:normalize=mnist", [3, 32, 32], 10) }
  }

  @Test func layerScaleStartsSmall() throws {
    let network = try network("convnext-tiny:width=4,patch=1", [3, 8, 8], 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    #expect(parameters["features.1.0.layer_scale", .scale]?.scalars == [1e-6, 1e-6, 1e-6, 1e-6])
    #expect(parameters["features.1.0.layer_scale", .shift] == nil)
  }

  @Test func residualsAreScaledByNumbersOfThePaper() throws {
    let network = try network("inception-resnet-v2:width=2", [3, 75, 75], 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    for (name, scale): (String, Float) in [("repeat.0", 0.17), ("repeat_1.19", 0.1), ("repeat_2.8", 0.2)] {
      #expect(Set(try #require(parameters["\(name).scale", .scale]).scalars) == [scale])
      #expect(Set(try #require(parameters["\(name).scale", .shift]).scalars) == [0])
    }
    #expect(network.index(of: "block8.scale") == nil && network.index(of: "block8.act") == nil)
    #expect(throws: ArchitectureError.self) { try self.network("inception-resnet-v2", [3, 74, 74], 10) }
  }

  @Test func sizesAreOptions() throws {
    #expect(try network("resnet18-cifar:width=16", [3, 32, 32], 10).parameterCount == 701_466)
    #expect(try network("wide-resnet-28-10:depth=16,widen=4", [3, 32, 32], 10).parameterCount == 2_748_890)
    #expect(throws: ArchitectureError.self) { try network("wide-resnet-28-10:depth=27", [3, 32, 32], 10) }
    #expect(throws: ArchitectureError.self) { try network("densenet-cifar:depth=99", [3, 32, 32], 10) }
    #expect(try network("vgg11:hidden=16", [3, 32, 32], 10).nodes.last?.shape == [10])
    let dropped = try network("wide-resnet-28-10:dropout=0.3", [3, 32, 32], 10)
    #expect(dropped.nodes.count { $0.operation == .dropout(rate: 0.3) } == 12)
  }

  /// Torchvision's networks take images of any size that their poolings leave something of, with the same parameters.
  @Test(arguments: [32, 64, 75, 256, 448]) func plainStacksFitAllSizes(side: Int) throws {
    for name in ["vgg11", "vgg13-bn"] {
      let network = try network("\(name):hidden=16,width=2", [3, side, side + 7], 10)
      #expect(
        try network.parameterCount == self.network("\(name):hidden=16,width=2", [3, 224, 224], 10).parameterCount)
    }
    let count = try network("alexnet:hidden=16", [3, 224, 224], 10).parameterCount
    #expect(try network("alexnet:hidden=16", [3, side + 31, 2 * side], 10).parameterCount == count)
  }

  @Test(arguments: [
    ("vgg11", 31, "'features.20'"), ("vgg11-bn", 31, "'features.28'"), ("alexnet", 62, "'features.12'"),
  ])
  func tooSmallImagesAreRefused(name: String, side: Int, node: String) throws {
    #expect {
      try network(name, [3, side, side], 10)
    } throws: { error in
      "\(error)".contains(node)
    }
  }

  /// Torchvision adds the input of a block where stride and channels allow it, whatever the size; on images of one
  /// pixel shapes agree at stride 2 too.
  @Test func stridedBlocksHaveNoShortcutOfTheirOwn() throws {
    let mobile = try network("mobilenet-v3-small", [3, 2, 2], 10)
    #expect(mobile.index(of: "features.1.add") == nil && mobile.index(of: "features.3.add") != nil)
    let regnet = try network("regnet-x-400mf", [3, 1, 1], 10)
    #expect(regnet.index(of: "trunk_output.block1.block1-0.proj.0") != nil)
    #expect(regnet.index(of: "trunk_output.block2.block2-1.proj.0") == nil)
  }

  @Test func optionsChangeTheNetwork() throws {
    let deep = try network("mlp:hidden=16-12,activation=tanh", [1, 8, 8], 3)
    #expect(deep.nodes.map(\.shape) == [[1, 8, 8], [64], [16], [16], [12], [12], [3]])
    #expect(deep.nodes[3].operation == .activation(.tanh))
    #expect(try network("tinycnn:filters=5,kernel=5", [1, 8, 8], 3).nodes[1].shape == [5, 4, 4])
    #expect(try network("lenet5:padding=0", [1, 32, 32], 10).parameterCount == 61_706)
    #expect(try network("digits-cnn:width=8", [1, 8, 8], 10).nodes[1].shape == [8, 8, 8])
    let plain = try network("digits-cnn:normalization=none", [1, 8, 8], 10)
    // 16·9 + 16, 32·16·9 + 32, 32·32·9 + 32, 512·10 + 10.
    #expect(plain.parameterCount == 160 + 4640 + 9248 + 5130 && plain.stateCount == 0)
  }

  @Test func anUnknownNameSuggestsTheNearest() {
    #expect(throws: ArchitectureError.unknownName("lenet")) {
      try network("lenet", [1, 28, 28], 10)
    }
    #expect(throws: ArchitectureError.unknownName("mnist-smal")) {
      try network("mnist-smal:x=1", [1, 28, 28], 10)
    }
    #expect(throws: ArchitectureError.unknownName("transformer")) {
      try network("transformer", [1, 28, 28], 10)
    }
    let message = ArchitectureError.unknownName("lenet").description
    #expect(message.hasPrefix("There is no architecture 'lenet'. Did you mean 'lenet5'"), "\(message)")
    #expect(message.hasSuffix("lists all \(Architectures.all.count)."), "\(message)")
    #expect(message.count { $0 == "'" } <= 2 + 2 * 3 + 2, "three names at most: \(message)")
  }

  @Test func malformedOptionsAreRefused() {
    let cases: [(String, HyperparameterError)] = [
      ("mlp:width=3", .unknown("width", method: "mlp", known: ["hidden", "activation"])),
      ("mnist-small:hidden=3", .unknown("hidden", method: "mnist-small", known: [])),
      ("mlp:", .malformed("", in: "mlp:")),
      ("mlp:hidden", .malformed("hidden", in: "mlp:hidden")),
      ("mlp:hidden=3,hidden=4", .malformed("hidden=4", in: "mlp:hidden=3,hidden=4")),
    ]
    for (text, expected) in cases {
      #expect(throws: ArchitectureError.hyperparameter(expected)) { try network(text, [1, 28, 28], 10) }
    }
    for text in [
      "mlp:hidden=", "mlp:hidden=0", "mlp:hidden=3-", "mlp:hidden=1e3", "mlp:activation=step",
      "digits-cnn:normalization=layer",
    ] {
      #expect {
        try network(text, [1, 28, 28], 10)
      } throws: { error in
        if case ArchitectureError.hyperparameter(.value) = error { true } else { false }
      }
    }
  }

  @Test func imagesThatDoNotFitAreNamed() {
    #expect {
      try network("lenet5", [1, 8, 8], 10)
    } throws: { error in
      "\(error)".contains("'lenet5'") && "\(error)".contains("'c3'")
    }
    #expect(throws: ArchitectureError.self) { try network("mlp", [1, 8, 8], 0) }
    #expect(throws: ArchitectureError.self) { try network("tinycnn", [64], 10) }
  }

  @Test func namesAreKnownAndPathsAreNot() {
    #expect(Architectures.isKnown("mlp:hidden=3") && Architectures.isKnown("lenet5"))
    #expect(!Architectures.isKnown("lenet5.json") && !Architectures.isKnown(""))
    #expect(Set(Architectures.names).count == Architectures.all.count)
  }

  /// A text with all values gives the network of the text with those that were typed.
  @Test(arguments: ["mlp:hidden=16-12,activation=leaky-relu", "wide-resnet-28-10:depth=10,widen=1,dropout=0.3"])
  func fullTextsAreReadBack(text: String) throws {
    let full = "\(try Architectures.architecture(text).fullText)"
    #expect(try network(full, [3, 32, 32], 10) == network(text, [3, 32, 32], 10))
  }

  @Test func valuesSetInCodeAreChecked() throws {
    var architecture = DigitsCNN()
    architecture.width = 8
    let narrow = try architecture.network(inputShape: [1, 8, 8], classCount: 10)
    #expect(try narrow == network("digits-cnn:width=8", [1, 8, 8], 10))
    architecture.width = 0
    #expect(throws: ArchitectureError.self) { try architecture.network(inputShape: [1, 8, 8], classCount: 10) }
  }
}
