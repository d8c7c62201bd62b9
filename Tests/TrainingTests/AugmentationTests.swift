import Hyperparameters
import Networks
import Testing
import Training

@Suite struct AugmentationTests {
  /// Trains one epoch at a vanishing rate and returns what the objective saw, by id.
  private func seen(
    _ augmentations: [any Augmentation], _ images: Tensor<Float>, labels: [Int]? = nil, batchSize: Int = 4,
    seed: UInt64 = 5,
    epochs: Int = 1
  ) throws -> [Int: [Float]] {
    let shape = images.shape.example
    let model = try SoftmaxRegression(inputShape: shape, classCount: 2)
    let objective = RecordingObjective()
    var loop = TrainingLoop(epochs: epochs, batchSize: batchSize, learningRate: 1e-9, seed: seed)
    loop.augmentations = augmentations
    var optimizer = SGD(momentum: 0)
    let examples = try LabelledImages(
      images: images, labels: labels ?? Array(repeating: 0, count: images.exampleCount))
    _ = try loop.run(model, on: examples, objective: objective, optimizer: &optimizer)
    return objective.images
  }

  private func pattern(_ count: Int, _ shape: Shape) -> Tensor<Float> {
    Tensor(
      shape: shape.batched(count), scalars: (0..<count * shape.count).map { Float($0 * 7 % 23 + 1) / 8 })
  }

  @Test func anImageDoesNotDependOnItsBatch() throws {
    let images = pattern(12, [2, 4, 5])
    let all: [any Augmentation] = [
      RandomCrop(padding: 1), HorizontalFlip(), Rotation(degrees: 20), Cutout(side: 2), PixelNoise(deviation: 0.1),
      Mixup(alpha: 0.5),
    ]
    let small = try seen(all, images, batchSize: 1)
    #expect(try seen(all, images, batchSize: 12) == small)
    #expect(try seen(all, images, seed: 6) != small)
    #expect(try seen(all, images, epochs: 2) != small)
  }

  @Test func croppingMovesAndFillsWithZeros() throws {
    let (height, width, padding) = (4, 5, 2)
    let images = pattern(60, [2, height, width])
    var moves: Set<[Int]> = []
    for (id, found) in try seen([RandomCrop(padding: padding)], images) {
      let original = Array(images.scalars[id * 40..<(id + 1) * 40])
      let fitting = (-padding...padding).flatMap { rows in (-padding...padding).map { [rows, $0] } }.filter { move in
        found.indices.allSatisfy { index in
          let (row, column) = (index / width % height - move[0], index % width - move[1])
          let isInside = (0..<height).contains(row) && (0..<width).contains(column)
          return found[index] == (isInside ? original[index - move[0] * width - move[1]] : 0)
        }
      }
      #expect(!fitting.isEmpty)
      moves.formUnion(fitting)
    }
    // 60 of 25 equally likely moves miss one with probability 25 · 0.96^60 = 2; most are there.
    #expect(moves.count > 18)
  }

  @Test func flippingExchangesLeftAndRight() throws {
    let images = pattern(40, [1, 2, 3])
    var flipped = 0
    for (id, found) in try seen([HorizontalFlip()], images) {
      let original = Array(images.scalars[id * 6..<(id + 1) * 6])
      let mirrored = [2, 1, 0, 5, 4, 3].map { original[$0] }
      #expect(found == original || found == mirrored)
      flipped += found == mirrored ? 1 : 0
    }
    // Binomial(40, ½) is outside 6…34 with probability 2e-5.
    #expect((6...34).contains(flipped))
  }

  @Test func cutoutBlanksOneSquare() throws {
    let images = Tensor<Float>(shape: [50, 2, 5, 6], repeating: 1)
    var counts: Set<Int> = []
    for found in try seen([Cutout(side: 3)], images).values {
      let zeros = found.indices.filter { found[$0] == 0 }
      let rows = Set(zeros.map { $0 / 6 % 5 }).sorted()
      let columns = Set(zeros.map { $0 % 6 }).sorted()
      #expect(zeros.count == 2 * rows.count * columns.count, "both channels, a full rectangle")
      #expect(rows.count <= 3 && columns.count <= 3 && rows.count >= 2 && columns.count >= 2)
      counts.insert(rows.count * columns.count)
    }
    #expect(counts.isSuperset(of: [9, 6]), "whole squares and ones cut at the border")
  }

  @Test func noiseHasItsDeviation() throws {
    let images = Tensor<Float>(shape: [50, 1, 10, 10], repeating: 0.5)
    let noise = try seen([PixelNoise(deviation: 0.2)], images).values.joined().map { Double($0) - 0.5 }
    let mean = noise.reduce(0, +) / Double(noise.count)
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)).squareRoot()
    // 5000 draws: standard errors 0.2/√5000 = 0.0028 and 0.002; five of them.
    #expect(abs(mean) < 0.014 && abs(deviation - 0.2) < 0.01)
  }

  /// `grid_sample(x, grid, mode='bilinear', padding_mode='zeros', align_corners=False)` in double precision, the grid
  /// turned by 30° and −75° about the centre. Products and sums of four numbers below 3: 1e-6 is a few ulps.
  @Test func rotationMatchesPyTorch() {
    let cases: [(Double, [Double])] = [
      (
        30,
        [
          0.178997873, 1.155520102, 2.129927395, 1.670581298, 0.957520964, 0.553686491, 1.435546152, 0.694230947,
          2.012871501, 0.882922524, 1.415224596, 1.678085307, 1.603916173, 1.818629763, 1.796064558, 0.207864719,
          0.90953493, 1.84299852, 0.421644161, 0.273166389, 0.229238347, 1.330760575, 0.65700148, 1.59046507,
          1.087008262, 0.803686491, 1.685546152, 0.896083827, 0.821914693, 1.084775404, 1.665224596, 1.928085307,
          1.853916173, 1.064453848, 1.946313509, 0.337352017, 1.15953493, 2.09299852, 0.596884634, 0.323406863,
        ]
      ),
      (
        -75,
        [
          1.582123833, 0.497301576, 1.828536634, 0.927457427, 0.168253004, 1.743527845, 1.480893322, 1.382239855,
          1.258231633, 0.781104622, 0.249796105, 1.25253978, 1.741706833, 1.486769131, 1.830250939, 0.2365665,
          1.662151305, 1.828812568, 1.817990547, 0.661761507, 1.821218062, 0.747301576, 2.078536634, 1.177457427,
          0.213232949, 1.917917312, 1.730893322, 1.632239855, 1.508231633, 0.847050957, 0.359480812, 1.241768367,
          1.117760145, 1.019106678, 0.00036683, 0.281546445, 1.572542573, 0.671463366, 2.002698424, 0.808818454,
        ]
      ),
    ]
    for (degrees, expected) in cases {
      var image = Tensor<Float>(shape: [2, 4, 5], scalars: (0..<40).map { Float($0 * 7 % 23) / 8 })
      image.withUnsafeMutableScalars { $0.rotate([2, 4, 5], radians: degrees * .pi / 180) }
      #expect(expected.count == 40)
      for (a, b) in zip(image.scalars, expected) { #expect(abs(Double(a) - b) < 1e-6) }
    }
  }

  @Test func mixingBlendsImagesAndLosses() throws {
    // Images that are constant, with the number of the image, so that the share can be read off.
    let count = 200
    let images = Tensor<Float>(
      shape: [count, 1, 1, 2], scalars: (0..<count).flatMap { [Float($0), 1] })
    let labels = (0..<count).map { $0 % 2 }
    let model = try SoftmaxRegression(inputShape: [1, 1, 2], classCount: 2)
    let objective = RecordingObjective()
    var loop = TrainingLoop(epochs: 1, batchSize: 200, learningRate: 1e-9, seed: 5)
    loop.augmentations = [Mixup(alpha: 1)]
    var optimizer = SGD(momentum: 0)
    _ = try loop.run(
      model, on: LabelledImages(images: images, labels: labels), objective: objective, optimizer: &optimizer)
    let batch = try #require(objective.batches.first)
    let mixture = try #require(batch.mixture)
    for (row, id) in batch.examples.ids.enumerated() where mixture.shares[row] > 0.01 {
      let other = (batch.examples.images.scalars[2 * row] - (1 - mixture.shares[row]) * Float(id)) / mixture.shares[row]
      // Roundings of numbers up to 200 (1.5e-5) over shares above 0.01.
      #expect(abs(other - other.rounded()) < 4e-3)
      #expect(mixture.labels[row] == Int(other.rounded()) % 2 && batch.examples.labels[row] == id % 2)
    }
    // Uniform for alpha 1: mean ½ ± 5 · 0.29/√200.
    #expect(abs(mixture.shares.reduce(0, +) / Float(count) - 0.5) < 0.1)
    let logits = Tensor<Float>(shape: [200, 2], scalars: (0..<400).map { Float($0 % 7) })
    let (values, gradient) = batch.values(of: .crossEntropy, at: logits.examples(10..<20), rows: 10..<20)
    let first = Loss.crossEntropy(logits, labels: batch.examples.labels)
    let second = Loss.crossEntropy(logits, labels: mixture.labels)
    for row in 10..<20 {
      let share = mixture.shares[row]
      #expect(abs(values[row - 10] - (1 - share) * first.values[row] - share * second.values[row]) < 1e-5)
      let (a, b) = (first.gradient.scalars[2 * row], second.gradient.scalars[2 * row])
      #expect(abs(gradient.scalars[2 * (row - 10)] - (1 - share) * a - share * b) < 1e-6)
    }
  }

  @Test func settingsAreChecked() throws {
    let bad: [(any Augmentation, Shape)] = [
      (RandomCrop(padding: -1), [1, 4, 4]), (HorizontalFlip(), [4]), (Rotation(degrees: 181), [1, 4, 4]),
      (Cutout(side: 0), [1, 4, 4]),
      (PixelNoise(deviation: .nan), [1, 4, 4]), (Mixup(alpha: 0), [4]),
    ]
    for (augmentation, shape) in bad {
      #expect(throws: TrainingError.self) { try augmentation.check(imageShape: shape) }
    }
    try PixelNoise(deviation: 0).check(imageShape: [4])
  }

  @Test func readsWhatItWrites() throws {
    for method in AugmentationCatalog.methods {
      let augmentation = method.init()
      let (own, text) = (erased(augmentation), augmentation.description)
      let again = erased(try AugmentationCatalog.augmentation(text))
      #expect(again == own, "\(text)")
    }
    func read(_ text: String) -> AnyHashable? {
      guard let augmentation = try? AugmentationCatalog.augmentation(text) else { return nil }
      return erased(augmentation)
    }
    #expect(read("crop") == erased(RandomCrop(padding: 4)))
    #expect(read("mixup:alpha=0.2") == erased(Mixup(alpha: 0.2)))
    #expect(read("crop:2") == erased(RandomCrop(padding: 2)))
    #expect(read("noise:0.3") == erased(PixelNoise(deviation: 0.3)))
    #expect(AugmentationCatalog.text([RandomCrop(padding: 2), HorizontalFlip()]) == "crop:padding=2,flip")
    for text in ["", "crop:", "crop:x", "crop:=3", "flip:1", "crop:side=3", "flip:x=1", "cutout:side=x", "blur"] {
      #expect(read(text) == nil, "\(text)")
    }
  }

  /// So that augmentations of different types can be compared.
  private func erased(_ augmentation: some Augmentation) -> AnyHashable { AnyHashable(augmentation) }
}
