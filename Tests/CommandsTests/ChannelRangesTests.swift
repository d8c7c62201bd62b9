import Exchange
import HDF5
import Networks
import Testing

/// Images stored normalised by mean and deviation of their channels, whose ranges differ.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct ChannelRangesTests {
  private let directory: ScratchDirectory

  /// Those of pixels in [0, 1] less the means 0.485, 0.456, 0.406, over the deviations 0.229, 0.224, 0.225.
  private static let means: [Float] = [0.485, 0.456, 0.406]
  private static let deviations: [Float] = [0.229, 0.224, 0.225]
  private static let option = "--pixel-range -2.118:2.249,-2.036:2.429,-1.805:2.641"
  private static let ranges: [ClosedRange<Float>] = [-2.118...2.249, -2.036...2.429, -1.805...2.641]
  private static let text = "pixels in [-2.118, 2.249], [-2.036, 2.429], [-1.805, 2.641] by channel"

  private static let shape: Shape = [24, 3, 8, 8]

  init() throws {
    directory = try ScratchDirectory()
    try write("d.h5")
    try SampleFiles.writeModel("m.h5", in: directory, inputShape: [3, 8, 8], classCount: 4)
  }

  /// Black, white and what is between, normalised; `change` gets the index of a pixel.
  private func pixels(_ change: (Int, Float) -> Float = { $1 }) -> [Float] {
    var stream = RandomSource(seed: 8).stream(.data)
    return (0..<Self.shape.count).map { index in
      let channel = index / 64 % 3
      let pixel: Float = [0, 1, stream.uniform(), stream.uniform()][stream.integer(below: 4)]
      return change(index, (pixel - Self.means[channel]) / Self.deviations[channel])
    }
  }

  private func write(
    _ name: String, change: (Int, Float) -> Float = { $1 }, stating: [Float]? = nil
  ) throws {
    try SampleFiles.write(
      name, in: directory, shape: Self.shape.extents, pixels: pixels(change),
      labels: (0..<24).map { Int64($0 % 4) }
    ) { root in
      if let stating { try root.attributes.set("pixel_range", to: stating, shape: [stating.count / 2, 2]) }
    }
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  private func report(_ line: String) throws -> JSONValue {
    let ending = try run(line + " --json")
    try #require(ending.code == 0, "\(line): \(ending.errors)")
    return try JSONValue.parse(ending.output)
  }

  private static let json: JSONValue = .array(
    [(-2.118, 2.249), (-2.036, 2.429), (-1.805, 2.641)].map { .array([.number($0), .number($1)]) })

  @Test(arguments: ["linf", "l2", "l1", "l0"]) func whatAnAttackWritesHolds(norm: String) throws {
    // So wide a ball that the box decides, and that a box of the widest range would be left.
    let eps = ["linf": "2", "l2": "12", "l1": "120", "l0": "60"][norm] ?? "1"
    // Gradients have no steepest step in L0.
    let attack = norm == "l0" ? "--attack noise" : "--pgd --steps 5"
    let line = "attack \(attack) --norm \(norm) --eps \(eps) --model m.h5 --data d.h5 \(Self.option)"
    let ending = try run("\(line) --output adv.h5")
    #expect(ending.code == 0 && ending.output.contains(Self.text), "\(ending.output)\(ending.errors)")
    #expect(!ending.output.contains("invalid"), "\(ending.output)")
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    #expect(set.threat.bounds.ranges == Self.ranges)
    #expect(
      set.adversarial.scalars.enumerated().allSatisfy { index, pixel in
        Self.ranges[index / 64 % 3].contains(pixel)
      })
    #expect(set.adversarial != set.images)
    for options in ["", " --data d.h5"] {
      let verified = try run("verify adv.h5\(options)")
      #expect(verified.code == 0 && verified.output.contains(Self.text), "\(verified.output)\(verified.errors)")
    }
    let found = try report("verify adv.h5")
    #expect(found["bounds"] == Self.json && found["holds"] == .bool(true))
    #expect(try report(line)["data"]?["pixel_range"] == Self.json)
  }

  /// One range that no attribute states: the dataset is read again as it was for the attack.
  @Test func oneRangeThatIsNotStatedIsThatOfTheSet() throws {
    let line = "attack --fgsm --eps 0.1 --model m.h5 --data d.h5 --pixel-range -2.2:2.7"
    #expect(try run("\(line) --output adv.h5").code == 0)
    let verified = try run("verify adv.h5 --data d.h5")
    #expect(verified.code == 0 && verified.output.contains("pixels in [-2.2, 2.7]"), "\(verified.errors)")
  }

  @Test func theArchiveOfAnAttackStatesThemToo() throws {
    let line = "attack --fgsm --eps 0.1 --model m.h5 --data d.h5 \(Self.option)"
    #expect(try run("\(line) --output adv.npz").code == 0)
    let verified = try run("verify adv.npz --data d.h5")
    #expect(verified.code == 0 && verified.output.contains(Self.text), "\(verified.output)\(verified.errors)")
    // The archive stores its members as they are: header and numbers of /bounds can be found in its bytes.
    let bytes = try directory.read("adv.npz")
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2,), }"
    #expect(bytes.firstRange(of: Array(header.utf8)) != nil)
    let ends = Self.ranges.flatMap { [$0.lowerBound, $0.upperBound] }
    #expect(
      bytes.firstRange(of: ends.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }) != nil)
    // Read as a dataset, its images are those of the file, in the ranges given.
    let again = try run("data inspect adv.npz --images-key x_adv --labels-key y \(Self.option)")
    #expect(again.code == 0, "\(again.errors)")
  }

  @Test func whatTheFileStatesNeedsNoOption() throws {
    try write("stated.h5", stating: Self.ranges.flatMap { [$0.lowerBound, $0.upperBound] })
    let ending = try run("attack --fgsm --eps 0.1 --model m.h5 --data stated.h5 --output adv.h5")
    #expect(ending.code == 0 && ending.output.contains(Self.text), "\(ending.output)\(ending.errors)")
    #expect(try run("inspect stated.h5").output.contains(Self.text))
    #expect(try run("verify adv.h5 --data stated.h5").code == 0)
    // It is taken at its word, whatever the set says.
    try write("wider.h5", stating: [-3, 3, -4, 4, -5, 5])
    let other = try run("verify adv.h5 --data wider.h5")
    #expect(other.code == 2 && other.output.contains("[-5, 5] by channel in the dataset"), "\(other.output)")
  }

  @Test func importAndTrainingKeepThem() throws {
    try File.write(atomicallyTo: directory.file("both.h5")) { root in
      for split in ["train", "test"] {
        try root.write("x_\(split)", pixels(), shape: Self.shape.extents)
        try root.write("y_\(split)", (0..<24).map { Int64($0 % 4) })
      }
    }
    #expect(try run("data import both.h5 --output own.h5 \(Self.option)").code == 0)
    let own = try Exchange.Dataset.read(from: directory.file("own.h5"))
    #expect(own.pixelRange.ranges == Self.ranges && own.images.scalars == pixels())
    #expect(try run("data import both.h5 --pixels uint8 --output b.h5 \(Self.option)").code == 73)
    let trained = try run(
      "train --architecture tinycnn --data both.h5 --epochs 1 --output t.h5 --checkpoint c \(Self.option)")
    #expect(trained.code == 0 && trained.output.contains("test accuracy"), "\(trained.errors)")
    // The checkpoint holds the option as text.
    let longer = try run("train --resume --checkpoint c --epochs 2")
    #expect(longer.code == 0, "\(longer.errors)")
  }

  @Test func anotherNumberOfRangesThanChannels() throws {
    for ranges in ["-3:3,-2:2", "-3:3,-3:3,-3:3,-4:4"] {
      let ending = try run("attack --fgsm --eps 0.1 --model m.h5 --data d.h5 --pixel-range \(ranges)")
      #expect(ending.code == 65)
      let found = ranges.split(separator: ",").count
      #expect(
        ending.errors.contains("expected one pixel range, or 3 for the channels of 3×8×8, found \(found): ["),
        "\(ending.errors)")
    }
  }

  @Test func aPixelInTheRangeOfAnotherChannel() throws {
    // 2.5 is valid in the third channel alone.
    try write("bad.h5") { $0 == 64 + 9 ? 2.5 : $1 }
    let ending = try run("attack --fgsm --eps 0.1 --model m.h5 --data bad.h5 \(Self.option)")
    #expect(ending.code == 65)
    #expect(
      ending.errors.contains("example 0: expected pixels in [-2.036, 2.429], found 2.5 at channel 1, row 1, column 1"),
      "\(ending.errors)")
    _ = try report("attack --fgsm --eps 3 --model m.h5 --data d.h5 --output adv.h5 \(Self.option)")
    let set = try AdversarialSet.read(from: directory.file("adv.h5"))
    for (channel, isFound) in [(1, true), (2, false)] {
      var scalars = set.images.scalars
      scalars[192 + channel * 64 + 9] = 2.5
      let images = Tensor<Float>(shape: set.images.shape, scalars: scalars)
      try AdversarialSet(
        images: images, adversarial: set.adversarial, examples: set.examples, statusNames: set.statusNames,
        threat: set.threat, attack: set.attack, provenance: set.provenance
      ).write(to: directory.file("changed.h5"))
      let output = try run("verify changed.h5").output
      #expect(
        output.contains("example 1: /x has a pixel outside [-2.036, 2.429], the range of channel 1") == isFound,
        "\(output)")
    }
  }

  @Test(arguments: [
    ("evaluate --suite fgsm --eps 0.1 --model m.h5 --preprocess jpeg:quality=75", "--preprocess: expected pixels"),
    ("evaluate --suite fgsm --eps 0.1 --model m.h5 --detector feature-squeezing", "--detector: expected pixels"),
    ("train --defence fast --architecture tinycnn --split test --output t.h5", "--defence: expected pixels"),
    ("attack --fgsm --eps 0.1 --model v.h5", "d.h5: expected one pixel range, as the network takes vectors of 192"),
  ])
  func whereOneRangeIsNeeded(line: String, message: String) throws {
    try SampleFiles.writeModel("v.h5", in: directory, architecture: "mlp", inputShape: [192], classCount: 4)
    let ending = try run("\(line) --data d.h5 \(Self.option)")
    #expect(ending.code == (message.hasPrefix("--") ? 64 : 65) && ending.errors.contains(message), "\(ending.errors)")
    #expect(ending.errors.contains("[-1.805, 2.641] by channel") && ending.output.isEmpty, "\(ending.errors)")
  }

  /// A warning measures by the widest range.
  @Test func theRadiusIsMeasuredByTheWidestRange() throws {
    let line = "attack --fgsm --model m.h5 --data d.h5 \(Self.option) --eps"
    // The widths are 4.367, 4.465 and 4.446.
    #expect(
      try run("\(line) 4.47").output.contains("eps = 4.47 reaches across the whole pixel range [-2.118, 2.249], ["))
    #expect(try !run("\(line) 4.46").output.contains("reaches across"))
    let series = try run("evaluate --suite fgsm --eps 0.1 --model m.h5 --data d.h5 \(Self.option)")
    #expect(series.output.contains(Self.text), "\(series.output)")
  }
}
