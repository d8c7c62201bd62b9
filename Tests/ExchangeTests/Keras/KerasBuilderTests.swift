import Exchange
import Networks
import Testing

/// What the layers become.
struct KerasBuilderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func operations(_ shape: [Int], _ layers: String...) throws -> [Networks.Operation] {
    try directory.network(KerasText.sequential([KerasText.input(shape)] + layers)).nodes.dropFirst().map(\.operation)
  }

  /// 'same' depends on the extent: 3 windows at stride 2 on 32 places need one zero, after; on 33 one on each side.
  @Test func samePaddingIsOneSided() throws {
    let layer = KerasText.layer(
      "Conv2D", "c", "\"filters\": 2, \"kernel_size\": [3, 3], \"strides\": [2, 2], \"padding\": \"same\"")
    for (extents, edges) in [
      ([32, 33], Edges(top: 0, bottom: 1, left: 1, right: 1)), ([33, 32], Edges(top: 1, bottom: 1, left: 0, right: 1)),
    ] {
      guard case .convolution(let payload)? = try operations(extents + [1], layer).first else {
        Issue.record("no convolution")
        continue
      }
      #expect(payload.padding == edges)
    }
  }

  /// A model on C, H, W is recognised by what its layers want; its images are taken as they are.
  @Test func channelsFirst() throws {
    let network = try directory.network(
      [3, 8, 9],
      KerasText.layer(
        "Conv2D", "c", "\"filters\": 2, \"kernel_size\": [3, 2], \"data_format\": \"channels_first\""),
      KerasText.layer("BatchNormalization", "b", "\"axis\": 1"),
      KerasText.layer("Flatten", "f", "\"data_format\": \"channels_first\""))
    #expect(network.inputShape == [3, 8, 9])
    #expect(network.nodes.map(\.shape) == [[3, 8, 9], [2, 6, 8], [2, 6, 8], [96]])
    #expect(network.nodes.last?.operation == .flatten(.channelsLast))
  }

  /// From H, W, C to C, H, W nothing moves: Flatten then enumerates channels first.
  @Test func permutationsThatOnlyRename() throws {
    let operations = try operations(
      [4, 5, 3], KerasText.layer("Permute", "p", "\"dims\": [3, 1, 2]"), KerasText.layer("Flatten", "f"))
    #expect(operations == [.flatten(.channelsFirst)])
    let moved = try self.operations([4, 5, 3], KerasText.layer("Permute", "p", "\"dims\": [2, 1, 3]"))
    #expect(moved == [.permute([0, 2, 1])])
  }

  @Test func finalSoftmaxIsTakenOff() throws {
    let dense = "\"units\": 3, \"activation\": \"softmax\""
    let network = try directory.network([4], KerasText.layer("Dense", "d", dense))
    #expect(network.hadFinalSoftmax)
    #expect(network.nodes.map(\.operation.kindName) == ["input", "dense"])
    let twice = try directory.network(
      [4], KerasText.layer("Dense", "d", dense), KerasText.layer("Dense", "e", "\"units\": 2"))
    #expect(!twice.hadFinalSoftmax)
    #expect(twice.nodes.map(\.operation.kindName) == ["input", "dense", "softmax", "dense"])
  }

  @Test func activations() throws {
    let activation = { (settings: String, className: String) in
      // Something follows: an increasing function at the end is taken off.
      try operations([4], KerasText.layer(className, "a", settings), KerasText.layer("Dense", "d", "\"units\": 2"))
        .first
    }
    #expect(try activation("\"max_value\": 6.0", "ReLU") == .activation(.relu6))
    #expect(try activation("\"negative_slope\": 0.5", "ReLU") == .activation(.leakyReLU(slope: 0.5)))
    #expect(try activation("\"alpha\": 0.25", "LeakyReLU") == .activation(.leakyReLU(slope: 0.25)))
    #expect(try activation("\"negative_slope\": 0.25", "LeakyReLU") == .activation(.leakyReLU(slope: 0.25)))
    #expect(try activation("", "LeakyReLU") == .activation(.leakyReLU(slope: 0.3)))
    #expect(try activation("\"activation\": \"leaky_relu\"", "Activation") == .activation(.leakyReLU(slope: 0.2)))
    let object = "\"activation\": {\"class_name\": \"function\", \"config\": \"tanh\"}"
    #expect(try activation(object, "Activation") == .activation(.tanh))
    // Keras 3 tells itself by the name of the input's shape, and redefined this function.
    #expect(try activation("\"activation\": \"hard_sigmoid\"", "Activation") == .activation(.hardSigmoid(slope: 1 / 6)))
    let keras2 = KerasText.sequential([
      KerasText.layer("Activation", "a", "\"activation\": \"hard_sigmoid\", \"batch_input_shape\": [null, 4]")
    ])
    #expect(try directory.network(keras2).nodes[1].operation == .activation(.hardSigmoid(slope: 0.2)))
  }

  @Test(arguments: [
    ("Lambda", "", "Python code"), ("LSTM", "\"units\": 3", "sequences"), ("Conv1D", "", "dimensions"),
    ("MyLayer", "", "not supported"), ("Activation", "\"activation\": \"softsign\"", "'softsign'"),
    ("ReLU", "\"threshold\": 1.0", "threshold of 0"), ("Conv2D", "\"filters\": 2", "kernel_size"),
    ("Conv2D", "\"filters\": 2, \"kernel_size\": 9", "window"),
    ("Conv2D", "\"filters\": 2, \"kernel_size\": 2, \"padding\": \"causal\"", "\"valid\" or \"same\""),
    ("BatchNormalization", "\"axis\": [1, 2]", "one axis"), ("BatchNormalization", "\"axis\": 2", "axis 2"),
    ("LayerNormalization", "\"axis\": 9", "whole numbers"), ("LayerNormalization", "\"axis\": 5", "axis 5"),
    ("Permute", "\"dims\": [1, 1, 2]", "each axis"), ("Reshape", "\"target_shape\": [7, -1]", "scalars"),
    ("Dropout", "\"rate\": 1.0", "rate"), ("Add", "", "two or more inputs"),
    ("Dense", "\"units\": 2, \"quantization_config\": {}", "quantised"),
    ("Normalization", "\"mean\": [1, 2], \"variance\": [1, 2]", "channels"),
    ("PReLU", "\"shared_axes\": [1]", "shared"), ("UpSampling2D", "\"interpolation\": \"bicubic\"", "interpolation"),
  ])
  func refusalsNameLayerAndClass(_ className: String, _ settings: String, _ reason: String) throws {
    let json = KerasText.sequential([
      KerasText.input([4, 5, 3]), KerasText.layer(className, "thing", settings),
    ])
    let message = try directory.refusal(json)
    #expect(message.contains("layer 'thing' (\(className))"), "\(message)")
    #expect(message.contains(reason), "\(message)")
  }
}
