import Networks
import Testing

/// The memory of `attack`, which grows with the number of examples by little more than what has to be held.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct AttackMemoryTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private static let pixels = 28 * 28

  /// The images are held once, and once more as adversarial ones where these are written. Labels, indices and outcome of
  /// an example are some 160 bytes (0.05 of an image), twice as much where they are written. The bounds leave 0.3 of an
  /// image, 7 MB in all, for what else differs between two runs; one more copy does not fit in.
  @Test(arguments: [(["--threads", "2"], 1.35), (["--no-isolate"], 1.35), (["--output", "adv.h5"], 2.4)])
  func anExampleIsHeldOnce(options: [String], bound: Double) throws {
    try SampleFiles.writeModel("m.h5", in: directory, architecture: "mlp:hidden=4", inputShape: [1, 28, 28])
    let counts = [2000, 10_000]
    let peaks = try counts.map { try peak(count: $0, options) }
    let images = Double(peaks[1] - peaks[0]) / Double((counts[1] - counts[0]) * Self.pixels * 4)
    #expect(images < bound, "\(options): \(images) images for each example, \(peaks) bytes")
    #expect(images > 0.9, "else the test measures something else: \(peaks)")
  }

  private func peak(count: Int, _ options: [String]) throws -> Int {
    let data = "\(count).h5"
    // Noise: the model is right about some of it by chance, and the others need not be attacked.
    try SampleFiles.write(
      data, in: directory, shape: [count, 1, 28, 28],
      pixels: (0..<count * Self.pixels).map { Float(($0 &* 2_654_435_761) >> 7 & 255) / 255 },
      labels: (0..<count).map { Int64($0 % 10) })
    let child = try Child.start(
      ["attack", "--fgsm", "--eps", "0.1", "--model", "m.h5", "--data", data] + options, in: directory)
    var peak = 0
    try child.poll("the end") {
      peak = max(peak, child.peakMemory)
      return child.hasEnded
    }
    let ending = try child.wait()
    #expect(ending.code == 0, "\(ending.errors)")
    return peak
  }
}
