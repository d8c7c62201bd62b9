internal import Compute
internal import Defences
internal import Networks
internal import Training

/// Images that are made from a seed.
struct BenchImages {
  let shape: Shape
  let classCount: Int
  let seed: UInt64

  /// Pixels uniform in [0, 1), and random labels; of two numbers of images the smaller is the beginning of the larger.
  func noise(_ count: Int) throws -> LabelledImages {
    let labels = (0..<count).map { label($0) }
    return try images(0..<count, labels: labels) { _, stream, pixels in stream.fillUniform(pixels) }
  }

  /// Every class is a pattern of 7×7 blocks, black or white, around grey. Images are as far from it as 0.25 to 0.5 with
  /// noise of up to 0.1, so that a radius of 0.3 is more than some and less than others have.
  func patterns(_ range: Range<Int>) throws -> LabelledImages {
    let patterns = (0..<classCount).map(pattern)
    let labels = range.map(label)
    return try images(range, labels: labels) { label, stream, pixels in
      let contrast = stream.uniform(in: 0.25...0.5)
      for (index, sign) in patterns[label].enumerated() {
        pixels[index] = min(max(0.5 + contrast * sign + stream.uniform(in: -0.1...0.1), 0), 1)
      }
    }
  }

  /// A network after a hundred updates of fast adversarial training on other images of the same patterns.
  func trained(_ network: Network, from parameters: Parameters) throws -> Parameters {
    let model = try CompiledModel(network: network, parameters: parameters, workers: Workers(count: 1))
    let preset = try Preset.named("fast", for: shape)
    var optimizer = preset.optimizer
    let loop = TrainingLoop(epochs: 5, batchSize: 100, learningRate: preset.loop.learningRate, seed: seed)
    // Beyond the images of any workload.
    let examples = try patterns(1_000_000..<1_002_000)
    _ = try loop.run(
      model, on: examples, objective: try preset.defence.objective(workers: Workers(count: 1)), optimizer: &optimizer)
    return model.parameters
  }

  /// +1 or −1 for every pixel, block by block.
  private func pattern(_ label: Int) -> [Float] {
    let (height, width) = (shape[shape.rank - 2], shape[shape.rank - 1])
    var stream = RandomSource(seed: seed).stream(.data, example: label, lane: 2)
    let side = 7
    let blocks: [Float] = (0..<side * side).map { _ in stream.uniform() < 0.5 ? -1 : 1 }
    return (0..<shape.count).map { index in
      let (row, column) = (index / width % height, index % width)
      return blocks[row * side / height * side + column * side / width]
    }
  }

  private func label(_ example: Int) -> Int {
    var stream = RandomSource(seed: seed).stream(.data, example: example, lane: 1)
    return stream.integer(below: classCount)
  }

  private func images(
    _ range: Range<Int>, labels: [Int],
    _ fill: (Int, inout RandomStream, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> LabelledImages {
    var images = Tensor<Float>(shape: shape.batched(range.count))
    let size = images.exampleSize
    images.withUnsafeMutableScalars { scalars in
      for (row, example) in range.enumerated() {
        var stream = RandomSource(seed: seed).stream(.data, example: example)
        fill(labels[row], &stream, UnsafeMutableBufferPointer(rebasing: scalars[row * size..<(row + 1) * size]))
      }
    }
    return try LabelledImages(images: images, labels: labels)
  }
}
