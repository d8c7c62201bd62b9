import Exchange
import Networks
import Reference
import TestSupport
import Testing

/// What is written is read as the same function, whatever the operation and its options.
@Test(arguments: ONNXNetworksTests.examples.filter { $0.network.inputShape.rank <= 3 })
func onnxComesBack(example: ONNXNetworksTests.Example) throws {
  let directory = try TemporaryDirectory()
  let path = "\(directory.path)/network.onnx"
  try ONNXFormat.write(example.network, example.parameters, to: path)
  let read = try ONNXFormat.read(path)
  let (network, parameters) = try example.network.restoringOutputTransforms(example.parameters)
  let expected = try ReferenceModel(network: network, parameters: parameters.double).logits(
    of: example.images.double)
  let found = try ReferenceModel(network: read.network, parameters: read.parameters.double).logits(
    of: Tensor(
      shape: read.network.inputShape.batched(example.images.exampleCount), scalars: example.images.double.scalars))
  // Both in double precision. Scales and shifts that were put together are rounded to single precision again.
  #expect(largestDifference(found.scalars, expected.scalars) <= 1e-5 * (1 + (expected.scalars.map(abs).max() ?? 0)))
}

/// One reading of a graph put together by hand.
private func read(_ graph: ONNXBytes, opset: Int = 13, inputShape: Shape? = nil) throws -> ImportedModel {
  let directory = try TemporaryDirectory()
  return try ONNXFormat.read(try directory.write("a.onnx", graph.bytes(opset: opset)), inputShape: inputShape)
}

private func refusal(_ graph: ONNXBytes, opset: Int = 13) throws -> String {
  try #require(throws: ExchangeError.self) { try read(graph, opset: opset) }.description
}

private func operations(_ model: ImportedModel) -> [Networks.Operation] {
  model.network.nodes.dropFirst().map(\.operation)
}

@Suite struct ONNXReadingTests {
  /// A number that is computed from how many images there are is right for one number alone.
  @Test func constantsThatDependOnTheNumberOfImagesAreRefused() throws {
    func graph(_ batch: Int?) -> ONNXBytes {
      var graph = ONNXBytes(input: [batch, 4])
      graph.constant("zero", [], [0])
      graph.add("Shape", ["x"], ["extents"])
      graph.add("Gather", ["extents", "zero"], ["count"], ["axis": .integer(0)])
      graph.add("Cast", ["count"], ["factor"], ["to": .integer(1)])
      graph.add("Mul", ["x", "factor"])
      return graph
    }
    #expect(try refusal(graph(nil)).contains("do not depend on how many images"))
    #expect(try read(graph(3)).parameters["mul", .scale]?.scalars == [3, 3, 3, 3])
  }

  @Test func extentsOfImagesAreArithmeticOnConstants() throws {
    var graph = ONNXBytes(input: [nil, 2, 3, 4])
    graph.constant("zero", [1], [0])
    graph.constant("open", [1], [-1])
    graph.add("Shape", ["x"], ["extents"])
    graph.add("Gather", ["extents", "zero"], ["count"], ["axis": .integer(0)])
    graph.add("Concat", ["count", "open"], ["target"], ["axis": .integer(0)])
    graph.add("Reshape", ["x", "target"])
    #expect(try operations(read(graph)) == [.flatten(.channelsFirst)])
  }

  @Test(arguments: [[1, 24], [-1, 24], [6, 4], [24], [0, 0, -1], [2, -1]]) func reshapesKeepTheImagesApart(
    target: [Int]
  ) throws {
    var graph = ONNXBytes(input: [1, 4, 6])
    graph.constant("target", [target.count], target)
    graph.add("Reshape", ["x", "target"])
    let keeps = [[1, 24], [-1, 24], [0, 0, -1]].contains(target)
    #expect(keeps == ((try? read(graph)) != nil))
  }

  /// A batch of six baked in reads as any batch; one image mixed with the next does not.
  @Test func aFixedBatchIsRead() throws {
    var graph = ONNXBytes(input: [6, 4, 6])
    graph.constant("target", [2], [6, -1])
    graph.add("Reshape", ["x", "target"])
    #expect(try read(graph).notes.contains { $0.description.contains("6 images at a time") })
    var mixing = ONNXBytes(input: [6, 4, 6])
    mixing.constant("target", [2], [12, -1])
    mixing.add("Reshape", ["x", "target"])
    #expect(try refusal(mixing).contains("the images along axis 0"))
  }

  @Test(arguments: [
    ("Transpose", ["perm": ONNXBytes.Attribute.integers([1, 0])]), ("ReduceMean", ["axes": .integers([0])]),
    ("ReduceMean", [:]), ("Softmax", ["axis": .integer(0)]), ("Flatten", ["axis": .integer(0)]),
  ])
  func whatJoinsImagesIsRefused(type: String, attributes: [String: ONNXBytes.Attribute]) throws {
    var graph = ONNXBytes(input: [nil, 4])
    graph.add(type, ["x"], ["out"], attributes)
    #expect(try refusal(graph).contains("axis 0"), "\(type)")
  }

  /// Protobuf's writers may leave out a 0, which is not the standard value of an attribute.
  @Test func anAttributeWithoutItsZeroIsZero() throws {
    var graph = ONNXBytes(input: [nil, 2, 3, 4])
    graph.add("ReduceMean", ["x"], ["out"], ["axes": .integers([2, 3]), "keepdims": .omittedZero])
    #expect(try operations(read(graph)) == [.globalPooling(GlobalPooling(.average, keepsAxes: false))])
  }

  @Test(arguments: [
    (9, "upper", Edges(top: 0, bottom: 1, left: 1, right: 1)),
    (9, "lower", Edges(top: 1, bottom: 0, left: 1, right: 1)),
  ])
  func paddingThatKeepsTheExtentIsAsymmetric(opset: Int, end: String, padding: Edges) throws {
    var graph = ONNXBytes(input: [nil, 1, 6, 5])
    graph.constant("w", [1, 1, 3, 3], [Float](repeating: 1, count: 9))
    graph.add(
      "Conv", ["x", "w"], ["out"], ["auto_pad": .text("SAME_\(end.uppercased())"), "strides": .integers([2, 2])])
    guard case .convolution(let payload)? = operations(try read(graph, opset: opset)).first else {
      throw TestFailure("no convolution")
    }
    #expect(payload.padding == padding)
  }

  /// Softmax over an axis and all behind it before version 13, over one axis since.
  @Test func theAxisOfSoftmaxDependsOnTheVersion() throws {
    var graph = ONNXBytes(input: [nil, 2, 3, 4])
    graph.add("Softmax", ["x"], ["out"], ["axis": .integer(1)])
    #expect(
      try operations(read(graph, opset: 11)) == [.flatten(.channelsFirst), .softmax])
    #expect(try operations(read(graph, opset: 13)) == [.softmax, .flatten(.channelsFirst)])
    var last = ONNXBytes(input: [nil, 2, 3, 4])
    last.add("Softmax", ["x"], ["out"])
    #expect(
      try operations(read(last, opset: 13)).prefix(2) == [.permute([2, 0, 1]), .softmax])
  }

  @Test func boundsBecomeReLUs() throws {
    func clip(_ attributes: [String: ONNXBytes.Attribute]) throws -> [Networks.Operation] {
      var graph = ONNXBytes(input: [nil, 4])
      graph.add("Clip", ["x"], ["out"], attributes)
      return operations(try read(graph, opset: 10))
    }
    #expect(try clip(["min": .float(0), "max": .float(6)]) == [.activation(.relu6)])
    #expect(try clip(["min": .float(0)]) == [.activation(.relu)])
    #expect(try clip([:]).isEmpty)
    #expect(try clip(["min": .float(-1), "max": .float(1)]).count == 3)
  }

  @Test func layersInSeveralOperatorsBecomeOne() throws {
    var gelu = ONNXBytes(input: [nil, 4])
    gelu.constant("half", [], [Float(0.5)])
    gelu.constant("root", [], [Float(2).squareRoot()])
    gelu.constant("one", [], [Float(1)])
    gelu.add("Mul", ["half", "x"], ["a"])
    gelu.add("Div", ["x", "root"], ["b"])
    gelu.add("Erf", ["b"], ["c"])
    gelu.add("Add", ["one", "c"], ["d"])
    gelu.add("Mul", ["a", "d"])
    #expect(try operations(read(gelu)) == [.activation(.gelu(approximate: false))])
    var silu = ONNXBytes(input: [nil, 4])
    silu.add("Sigmoid", ["x"], ["a"])
    silu.add("Mul", ["a", "x"])
    #expect(try operations(read(silu)) == [.activation(.silu)])
    var unfinished = ONNXBytes(input: [nil, 4])
    unfinished.constant("root", [], [Float(2).squareRoot()])
    unfinished.add("Div", ["x", "root"], ["b"])
    unfinished.add("Erf", ["b"])
    #expect(try refusal(unfinished).contains("Erf"))
  }

  @Test func whatTheOutputDoesNotNeedIsLeftOut() throws {
    var graph = ONNXBytes(input: [nil, 4])
    graph.add("Frobnicate", ["x"], ["other"])
    graph.add("Relu", ["x"])
    #expect(try operations(read(graph)) == [.activation(.relu)])
  }

  @Test func branchesAndLoopsAreRefused() throws {
    var graph = ONNXBytes(input: [nil, 4])
    graph.add("If", ["x"], ["out"], ["then_branch": .graph])
    #expect(try refusal(graph).contains("found If"))
  }

  /// Constants that a few bytes ask for must not fill the memory.
  @Test(arguments: [[1 << 40], [1 << 20, 1 << 20], [1 << 62, 0], [0, 1 << 62, 1 << 62]]) func hugeConstantsAreRefused(
    extents: [Int]
  ) throws {
    var graph = ONNXBytes(input: [nil, 4])
    graph.constant("extents", [extents.count], extents)
    graph.add("ConstantOfShape", ["extents"], ["huge"])
    graph.add("Add", ["x", "huge"])
    #expect(try refusal(graph).contains("ConstantOfShape"))
  }

  @Test func anOpenExtentNeedsTheShapeOfImages() throws {
    var graph = ONNXBytes(input: [nil, 3, nil, nil])
    graph.add("Relu", ["x"])
    #expect(try refusal(graph).contains("--input-shape"))
    #expect(try read(graph, inputShape: [3, 5, 4]).network.inputShape == [3, 5, 4])
    let error = try #require(throws: ExchangeError.self) { try read(graph, inputShape: [1, 5, 4]) }
    #expect(error.message.contains("3×?×?"))
  }

  @Test func channelsThatAreLastComeFirst() throws {
    var graph = ONNXBytes(input: [nil, 5, 6, 3])
    graph.add("Flatten", ["x"])
    let model = try read(graph)
    #expect(model.network.inputShape == [3, 5, 6])
    #expect(operations(model) == [.flatten(.channelsLast)])
    #expect(model.notes.contains { $0.description.contains("rows×columns×channels") })
  }
}
