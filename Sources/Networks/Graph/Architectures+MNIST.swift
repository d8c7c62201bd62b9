extension Architectures {
  /// The networks on which robustness on MNIST is reported.
  static let mnistNetworks = [small, madry]

  private static let small = Architecture(
    name: "mnist-small", summary: "Wong and Kolter's small network: strided 4×4 convolutions, dense 100",
    reference: "arXiv 1711.00851", options: []
  ) { network, classCount, _ in
    try network.convolution("conv1", 16, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu1")
    try network.convolution("conv2", 32, kernel: 4, stride: 2, padding: 1)
    try network.activation("relu2")
    try network.flatten()
    try network.dense("fc1", 100)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }

  private static let madry = Architecture(
    name: "mnist-madry", summary: "Madry et al.'s network: 5×5 convolutions with max-pooling, dense 1024",
    reference: "arXiv 1706.06083", options: []
  ) { network, classCount, _ in
    try network.convolution("conv1", 32, kernel: 5, padding: 2)
    try network.activation("relu1")
    try network.pooling("pool1")
    try network.convolution("conv2", 64, kernel: 5, padding: 2)
    try network.activation("relu2")
    try network.pooling("pool2")
    try network.flatten()
    try network.dense("fc1", 1024)
    try network.activation("relu3")
    try network.dense("logits", classCount)
  }
}
