import Networks

/// The networks of the PyTorch fixtures, under the names of their modules.
enum PyTorchNetworks {
  /// LeNet with ReLU and max-pooling on 28×28 images.
  static func leNet(names: [String] = ["conv1", "conv2", "fc1", "fc2", "fc3"]) throws -> Network {
    var network = try Network(inputShape: [1, 28, 28])
    try network.append(
      .convolution(Convolution(outputChannels: 6, kernel: Extent(5), padding: Edges(2))), named: names[0])
    try network.append(.activation(.relu), named: "relu1")
    try network.append(.pooling(Pooling(.max, kernel: Extent(2))), named: "pool1")
    try network.append(.convolution(Convolution(outputChannels: 16, kernel: Extent(5))), named: names[1])
    try network.append(.activation(.relu), named: "relu2")
    try network.append(.pooling(Pooling(.max, kernel: Extent(2))), named: "pool2")
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 48)), named: names[2])
    try network.append(.activation(.relu), named: "relu3")
    try network.append(.dense(Dense(outputs: 32)), named: names[3])
    try network.append(.activation(.relu), named: "relu4")
    try network.append(.dense(Dense(outputs: 10)), named: names[4])
    return network
  }

  /// A perceptron whose softmax was taken off.
  static func softmax(names: [String] = ["1", "3"]) throws -> Network {
    var network = try Network(inputShape: [3, 2, 2])
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: 16)), named: names[0])
    try network.append(.activation(.tanh), named: "tanh")
    try network.append(.dense(Dense(outputs: 4)), named: names[1])
    network.hadFinalSoftmax = true
    return network
  }

  /// ResNet-18 for 32×32 images with 8 channels in place of 64; `renamed` gives each module its name in the network.
  static func resNet18(renamed: (String) -> String = { $0 }) throws -> Network {
    var builder = ResNetBuilder(network: try Network(inputShape: [3, 32, 32]))
    try withoutActuallyEscaping(renamed) { renamed in
      try builder.convolution(renamed("conv1"), 8, kernel: 3, stride: 1, to: 0)
      try builder.normalization(renamed("bn1"))
      try builder.relu()
      for (layer, channels) in [(1, 8), (2, 16), (3, 32), (4, 64)] {
        for block in 0..<2 {
          try builder.block(
            { renamed("layer\(layer).\(block).\($0)") }, channels, stride: layer > 1 && block == 0 ? 2 : 1)
        }
      }
      try builder.network.append(.globalPooling(GlobalPooling(.average)), named: "pool")
      try builder.network.append(.dense(Dense(outputs: 10)), named: renamed("linear"))
    }
    return builder.network
  }
}

private struct ResNetBuilder {
  var network: Network
  var count = 0

  mutating func convolution(_ name: String, _ channels: Int, kernel: Int, stride: Int, to input: Int) throws {
    try network.append(
      .convolution(
        Convolution(
          outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Edges(kernel / 2),
          hasBias: false)),
      named: name, to: [input])
  }

  mutating func normalization(_ name: String) throws {
    try network.append(.batchNormalization(BatchNormalization()), named: name)
  }

  mutating func relu() throws {
    count += 1
    try network.append(.activation(.relu), named: "relu.\(count)")
  }

  mutating func block(_ name: (String) -> String, _ channels: Int, stride: Int) throws {
    let input = network.outputIndex
    try convolution(name("conv1"), channels, kernel: 3, stride: stride, to: input)
    try normalization(name("bn1"))
    try relu()
    try convolution(name("conv2"), channels, kernel: 3, stride: 1, to: network.outputIndex)
    try normalization(name("bn2"))
    let main = network.outputIndex
    var shortcut = input
    if stride > 1 {
      try convolution(name("shortcut.0"), channels, kernel: 1, stride: stride, to: input)
      try normalization(name("shortcut.1"))
      shortcut = network.outputIndex
    }
    try network.append(.add, named: "add.\(count)", to: [main, shortcut])
    try relu()
  }
}
