extension Architectures {
  /// Plain stacks of convolutions under large dense layers, in torchvision's form; nodes are named as its modules.
  static let plainStacks =
    [alexNet] + [11, 13, 16, 19].map(vgg)

  private static let alexNet = Architecture(
    name: "alexnet", summary: "AlexNet in its one-tower form: five convolutions, dense 4096-4096",
    reference: "Krizhevsky, arXiv 1404.5997",
    options: [
      ArchitectureOption(name: "hidden", summary: "width of the dense layers", defaultValue: "4096"), .dropout(0.5),
      .normalize,
    ]
  ) { network, classCount, options in
    try network.normalization(options)
    let convolutions = [(0, 64, 11, 4, 2), (3, 192, 5, 1, 2), (6, 384, 3, 1, 1), (8, 256, 3, 1, 1), (10, 256, 3, 1, 1)]
    for (number, channels, kernel, stride, padding) in convolutions {
      try network.convolution("features.\(number)", channels, kernel: kernel, stride: stride, padding: padding)
      try network.activation("features.\(number + 1)")
      if [0, 3, 10].contains(number) { try network.pooling("features.\(number + 2)", kernel: 3, stride: 2) }
    }
    try network.adaptiveAveragePooling("avgpool", side: 6)
    try network.flatten()
    let (hidden, rate) = (try options.integer("hidden"), try options.number("dropout", in: 0..<1))
    for number in [1, 4] {
      try network.dropout("classifier.\(number - 1)", rate: rate)
      try network.dense("classifier.\(number)", hidden)
      try network.activation("classifier.\(number + 1)")
    }
    try network.dense("classifier.6", classCount)
  }

  /// How many 3×3 convolutions each of the five stages has.
  private static let vggStages = [
    11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  private static func vgg(_ depth: Int) -> Architecture {
    Architecture(
      name: "vgg\(depth)", summary: "VGG-\(depth): stacks of 3×3 convolutions, dense 4096-4096",
      reference: "Simonyan and Zisserman, arXiv 1409.1556",
      options: [
        .width(64), ArchitectureOption(name: "hidden", summary: "width of the dense layers", defaultValue: "4096"),
        .dropout(0.5), .normalize,
      ]
    ) { network, classCount, options in
      try network.normalization(options)
      let width = try options.integer("width", in: 1...4096)
      var number = 0
      for (stage, count) in (vggStages[depth] ?? []).enumerated() {
        for _ in 0..<count {
          try network.convolution("features.\(number)", width << min(stage, 3), kernel: 3, padding: 1)
          try network.activation("features.\(number + 1)")
          number += 2
        }
        try network.pooling("features.\(number)")
        number += 1
      }
      try network.adaptiveAveragePooling("avgpool", side: 7)
      try network.flatten()
      let (hidden, rate) = (try options.integer("hidden"), try options.number("dropout", in: 0..<1))
      for number in [0, 3] {
        try network.dense("classifier.\(number)", hidden)
        try network.activation("classifier.\(number + 1)")
        try network.dropout("classifier.\(number + 2)", rate: rate)
      }
      try network.dense("classifier.6", classCount)
    }
  }
}
