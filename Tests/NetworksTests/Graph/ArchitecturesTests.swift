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
  }

  @Test func multiplyAccumulatesOfTheSmallMNISTNetwork() throws {
    // 14²·16·16 + 7²·32·256 + 1568·100 + 1000: the 0.61 million of the published cost estimates.
    #expect(try network("mnist-small", [1, 28, 28], 10).multiplyAccumulates == 609_384)
  }

  @Test(arguments: Architectures.all.map(\.name))
  func everyOneFitsItsDatasetAndStarts(name: String) throws {
    for (shape, classes): (Shape, Int) in [([1, 28, 28], 10), ([3, 32, 32], 7)] {
      let network = try network(name, shape, classes)
      #expect(network.inputShape == shape)
      #expect(try network.classCount() == classes)
      try network.check(Parameters.initial(for: network, random: RandomSource(seed: 3)))
    }
  }

  @Test func optionsChangeTheNetwork() throws {
    let deep = try network("mlp:hidden=16-12,activation=tanh", [1, 8, 8], 3)
    #expect(deep.nodes.map(\.shape) == [[1, 8, 8], [64], [16], [16], [12], [12], [3]])
    #expect(deep.nodes[3].operation == .activation(.tanh))
    #expect(try network("tinycnn:filters=5,kernel=5", [1, 8, 8], 3).nodes[1].shape == [5, 4, 4])
    #expect(try network("lenet5:padding=0", [1, 32, 32], 10).parameterCount == 61_706)
    #expect(try network("digits-cnn:width=8", [1, 8, 8], 10).nodes[1].shape == [8, 8, 8])
  }

  @Test func anUnknownNameSuggestsTheNearest() {
    #expect(throws: ArchitectureError.unknownName("lenet", nearest: "lenet5")) {
      try network("lenet", [1, 28, 28], 10)
    }
    #expect(throws: ArchitectureError.unknownName("mnist-smal", nearest: "mnist-small")) {
      try network("mnist-smal:x=1", [1, 28, 28], 10)
    }
    #expect(throws: ArchitectureError.unknownName("transformer", nearest: nil)) {
      try network("transformer", [1, 28, 28], 10)
    }
    #expect(ArchitectureError.unknownName("lenet", nearest: "lenet5").description.contains("Did you mean 'lenet5'?"))
  }

  @Test func malformedOptionsAreRefused() {
    let cases: [(String, ArchitectureError)] = [
      ("mlp:width=3", .unknownOption("width", architecture: "mlp", known: ["hidden", "activation"])),
      ("mnist-small:hidden=3", .unknownOption("hidden", architecture: "mnist-small", known: [])),
      ("mlp:", .malformedOption("", architecture: "mlp")),
      ("mlp:hidden", .malformedOption("hidden", architecture: "mlp")),
      ("mlp:hidden=3,hidden=4", .malformedOption("hidden=4", architecture: "mlp")),
    ]
    for (text, expected) in cases {
      #expect(throws: expected) { try network(text, [1, 28, 28], 10) }
    }
    for text in ["mlp:hidden=", "mlp:hidden=0", "mlp:hidden=3-", "mlp:hidden=1e3", "mlp:activation=step"] {
      #expect {
        try network(text, [1, 28, 28], 10)
      } throws: { error in
        if case ArchitectureError.invalidValue = error { true } else { false }
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
    #expect(Set(Architectures.all.map(\.name)).count == Architectures.all.count)
  }
}
