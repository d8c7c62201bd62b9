import Exchange
import Networks
import Reference
import Testing

/// Calls as Keras 3.15 and TensorFlow's Keras 2.21 write them, without what is not read.
private enum Calls {
  static func tensor(_ layer: String) -> String {
    "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"\(layer)\", 0, 0]}}"
  }

  static func keras3(_ operands: String..., kwargs: String = "") -> String {
    "[{\"args\": [\(operands.joined(separator: ", "))], \"kwargs\": {\(kwargs)}}]"
  }
}

/// Plain functions in graphs.
struct KerasFunctionTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func network(_ shape: [Int], _ layers: String..., calls: String = "[]") throws -> Network {
    // Something follows the last function: what increases at the end is taken off.
    let end = KerasText.layer("Flatten", "flat", calls: Calls.keras3(Calls.tensor("last")))
    let dense = KerasText.layer("Dense", "dense", "\"units\": 2", calls: Calls.keras3(Calls.tensor("flat")))
    let input = KerasText.input(shape, calls: calls)
    return try directory.network(
      KerasText.functional([input] + layers + [end, dense], output: "[[\"dense\", 0, 0]]"))
  }

  /// The operations of one function on the images.
  private func operations(_ shape: [Int], _ layer: String) throws -> [Networks.Operation] {
    try network(shape, layer).nodes.dropFirst().dropLast(2).map(\.operation)
  }

  private func affine(_ scale: [Float], _ shift: [Float]) -> Networks.Operation {
    .affine(Affine(initialScale: scale, initialShift: shift))
  }

  @Test(
    arguments: [
      ("TrueDivide", "255.0", "", [1 / 255], [0]), ("Divide", "255.0", "", [1 / 255], [0]),
      ("Multiply", "2", "", [2], [0]), ("Add", "1", "", [1], [1]), ("Subtract", "0.5", "", [1], [-0.5]),
      ("Subtract", "", "1.0", [-1], [1]), ("Multiply", "", "2.0", [2], [0]), ("Negative", "", "", [-1], [0]),
      (
        "Divide", "{\"class_name\": \"__numpy__\", \"config\": {\"value\": [1.0, 2.0, 4.0], \"dtype\": \"float32\"}}",
        "",
        [1, 0.5, 0.25], [0]
      ),
      (
        "Subtract",
        "{\"class_name\": \"__tensor__\", \"config\": {\"value\": [[[1.0, 2.0, 3.0]]], \"dtype\": \"float32\"}}", "",
        [1],
        [-1, -2, -3]
      ),
    ] as [(String, String, String, [Double], [Double])])
  func functionsOfKeras3(_ name: String, after: String, before: String, scale: [Double], shift: [Double]) throws {
    let operands = [before, Calls.tensor("in"), after].filter { !$0.isEmpty }.joined(separator: ", ")
    let layer = KerasText.layer(name, "last", calls: Calls.keras3(operands))
    let spread = { (values: [Double]) in (0..<3).map { Float(values[values.count == 1 ? 0 : $0]) } }
    #expect(try operations([4, 5, 3], layer) == [affine(spread(scale), spread(shift))])
  }

  @Test(
    arguments: [
      ("math.truediv", "[\"in\", 0, 0, {\"y\": 255.0, \"name\": null}]", [1 / 255], [0]),
      ("math.subtract", "[\"_CONSTANT_VALUE\", -1, 1.0, {\"y\": [\"in\", 0, 0], \"name\": null}]", [-1], [1]),
      ("math.subtract", "[\"in\", 0, 0, {\"y\": 1.0, \"name\": \"centre\"}]", [1], [-1]),
      ("math.multiply", "[\"in\", 0, 0, {\"y\": 2.0}]", [2], [0]),
      ("__operators__.add", "[\"in\", 0, 0, {\"y\": 1, \"name\": null}]", [1], [1]),
      (
        "nn.bias_add", "[\"in\", 0, 0, {\"bias\": [-1.5, -2.5, -3.5], \"data_format\": \"NHWC\"}]", [1],
        [-1.5, -2.5, -3.5]
      ),
    ] as [(String, String, [Double], [Double])])
  func functionsOfTensorFlow(_ name: String, call: String, scale: [Double], shift: [Double]) throws {
    let layer = KerasText.layer(
      "TFOpLambda", "last", "\"trainable\": true, \"dtype\": \"float32\", \"function\": \"\(name)\"", calls: "[\(call)]"
    )
    let spread = { (values: [Double]) in (0..<3).map { Float(values[values.count == 1 ? 0 : $0]) } }
    #expect(try operations([4, 5, 3], layer) == [affine(spread(scale), spread(shift))])
  }

  @Test func twoTensorsAreAJoin() throws {
    let twice = KerasText.layer("Multiply", "twice", calls: Calls.keras3(Calls.tensor("in"), "2"))
    let keras3 = KerasText.layer(
      "Subtract", "last", calls: Calls.keras3(Calls.tensor("twice"), Calls.tensor("in")))
    let keras2 = KerasText.layer(
      "TFOpLambda", "last", "\"function\": \"math.subtract\"",
      calls: "[[\"twice\", 0, 0, {\"y\": [\"in\", 0, 0], \"name\": null}]]")
    for last in [keras3, keras2] {
      let network = try network([4], twice, last)
      #expect(network.nodes.map(\.name).prefix(4) == ["input", "twice", "last_negated", "last"])
      #expect(network.nodes[3].inputs == [1, 2] && network.nodes[2].inputs == [0])
    }
  }

  @Test(
    arguments: [
      ("Relu", "", .activation(.relu)), ("LeakyRelu", "\"negative_slope\": 0.25", .activation(.leakyReLU(slope: 0.25))),
      ("Gelu", "\"approximate\": true", .activation(.gelu(approximate: true))),
      ("LogSoftmax", "\"axis\": -1", .logSoftmax), ("HardSigmoid", "", .activation(.hardSigmoid(slope: 1 / 6))),
      ("TFOpLambda", "\"function\": \"nn.log_softmax\"", .logSoftmax),
      ("TFOpLambda", "\"function\": \"nn.leaky_relu\"", .activation(.leakyReLU(slope: 0.2))),
      ("TFOpLambda", "\"function\": \"math.tanh\"", .activation(.tanh)),
    ] as [(String, String, Networks.Operation)])
  func activations(_ name: String, settings: String, operation: Networks.Operation) throws {
    let layer = KerasText.layer(name, "last", settings, calls: Calls.keras3(Calls.tensor("in")))
    let network = try network([4], layer)
    #expect(network.nodes[1].operation == operation && network.nodes[1].name == "last")
  }

  @Test func settingsOfACallCount() throws {
    let layer = KerasText.layer(
      "TFOpLambda", "last", "\"function\": \"nn.leaky_relu\"", calls: "[[\"in\", 0, 0, {\"alpha\": 0.125}]]")
    #expect(try operations([4], layer) == [.activation(.leakyReLU(slope: 0.125))])
    let cast = KerasText.layer(
      "TFOpLambda", "last", "\"dtype\": \"float32\", \"function\": \"cast\"",
      calls: "[[\"in\", 0, 0, {\"dtype\": \"float32\"}]]")
    #expect(try operations([4], cast).isEmpty)
  }

  /// A sum with a ReLU of the difference would lose the second of the smaller numbers in the first.
  @Test func maximumIsExact() throws {
    let scaled = KerasText.layer("Multiply", "scaled", calls: Calls.keras3(Calls.tensor("in"), "1e-8"))
    let raised = KerasText.layer("Add", "raised", calls: Calls.keras3(Calls.tensor("scaled"), "1"))
    let image: [Double] = [-1e17, -3, 0.125, 7, 2, 2]
    let other = image.map { Double(Float(1e-8)) * $0 + 1 }
    for (name, expected) in [
      ("Maximum", zip(image, other).map { max($0, $1) }), ("Minimum", zip(image, other).map { min($0, $1) }),
    ] {
      let last = KerasText.layer(
        name, "last", calls: Calls.keras3("[\(Calls.tensor("in")), \(Calls.tensor("raised"))]"))
      let network = try network([1, 2, 3], scaled, raised, last)
      let model = try ReferenceModel(
        network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 1)).double)
      let images = Tensor(shape: [1, 3, 1, 2], scalars: image)
      let found = model.activations(of: images, mode: .inference)[
        try #require(network.index(of: name == "Maximum" ? "last" : "last_least"))]
      #expect(found.shape == [1, 3, 1, 2])
      let worst = zip(found.scalars, expected).map { abs($0 - $1) }.max() ?? .infinity
      // An ulp of the largest result, 1e9, is 1e-7.
      #expect(worst < 1e-6, "\(name): \(found.scalars)")
    }
    let zero = KerasText.layer("Maximum", "last", calls: Calls.keras3(Calls.tensor("in"), "0.0"))
    #expect(try operations([4], zero) == [.activation(.relu)])
  }

  @Test func aScaledBranchOfKerasApplications() throws {
    let twice = KerasText.layer("Multiply", "twice", calls: Calls.keras3(Calls.tensor("in"), "2"))
    let last = KerasText.layer(
      "CustomScaleLayer", "last", "\"scale\": 0.25",
      calls: Calls.keras3("[\(Calls.tensor("in")), \(Calls.tensor("twice"))]"))
    let network = try network([3], twice, last)
    #expect(network.nodes[2].operation == affine([0.25, 0.25, 0.25], [0, 0, 0]))
    #expect(network.nodes[3].operation == .add && network.nodes[3].inputs == [0, 2])
  }

  @Test(arguments: [
    ("TrueDivide", "1.0, T", "is called with 1"), ("TrueDivide", "T, 0.0", "finite"),
    ("TrueDivide", "T, T", "depends on the images"), ("Add", "T, 1e300", "finite"),
    ("Maximum", "T, 1.0", "is called with 1"),
    ("Add", "T, [[1.0, 2.0], [3.0]]", "rows of one length"), ("Add", "T, [1.0, 2.0]", "numbers for 3 channels"),
    ("Add", "T, [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]", "one for each channel"),
    ("Add", "T, [[[[1.0]]], [[[2.0]]]]", "one for each channel"), ("Add", "1.0, 2.0", "one tensor"),
    ("Multiply", "T, T, 3", "one tensor"), ("Power", "T, 2", "is called with 2"),
    ("Conv2D", "T, 2.0", "is called with 2"), ("Cast", "T", "cast to float32"),
  ])
  func refusals(_ name: String, operands: String, reason: String) throws {
    let call = Calls.keras3(operands.replacing("T", with: Calls.tensor("in")))
    let json = KerasText.functional(
      [KerasText.input([4, 5, 3], calls: "[]"), KerasText.layer(name, "last", calls: call)],
      output: "[[\"last\", 0, 0]]")
    let message = try directory.refusal(json)
    #expect(message.contains("layer 'last' (\(name))"), "\(message)")
    #expect(message.contains(reason), "\(message)")
  }

  /// Nothing about an array takes time that grows with the power of its depth.
  @Test func deepArrays() throws {
    let deep = String(repeating: "[", count: 80) + "1.0" + String(repeating: "]", count: 80)
    let call = Calls.keras3(Calls.tensor("in"), deep)
    let network = try network([4], KerasText.layer("Add", "last", calls: call))
    #expect(network.nodes[1].operation == affine([1, 1, 1, 1], [1, 1, 1, 1]))
  }

  @Test(arguments: [
    ("TFOpLambda", "math.erf", "[\"in\", 0, 0, {}]", "math.erf"),
    ("SlicingOpLambda", "__operators__.getitem", "[\"in\", 0, 0, {}]", "__operators__.getitem"),
    ("TFOpLambda", "nn.bias_add", "[\"in\", 0, 0, {\"bias\": [1, 2, 3], \"data_format\": \"NCHW\"}]", "NCHW"),
    ("TFOpLambda", "math.subtract", "[\"_CONSTANT_VALUE\", -1, null, {\"y\": [\"in\", 0, 0]}]", "two inputs"),
    ("TFOpLambda", "nn.relu", "[\"in\", 0, 0, {\"training\": true}]", "training = true"),
    ("Dropout", "", "[\"in\", 0, 0, {\"training\": true}]", "training = true"),
    ("TFOpLambda", "nn.log_softmax", "[\"in\", 0, 0, {\"axis\": [1, 2]}]", "axis"),
    ("TFOpLambda", "math.add", "[\"in\", 0, 0, {\"y\": [1, \"two\", 3]}]", "y = "),
  ])
  func refusalsOfCalls(_ className: String, function: String, call: String, reason: String) throws {
    let layer = KerasText.layer(className, "last", "\"function\": \"\(function)\"", calls: "[\(call)]")
    let message = try directory.refusal(
      KerasText.functional([KerasText.input([4, 5, 3], calls: "[]"), layer], output: "[[\"last\", 0, 0]]"))
    #expect(message.contains("layer 'last'") && message.contains(reason), "\(message)")
  }
}
