import Networks
import Testing

/// The memory of commands that read their examples a range at a time: it does not grow with their number.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct MemoryTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private static let pixels = 28 * 28

  /// A range is some 4 MB: both datasets are larger. The larger one has 63 MB more of images, and twice that where they were
  /// held with the results; 16 MB are left for what else differs between two runs: the allocator keeps what was freed.
  @Test(arguments: [
    ["attack", "--fgsm", "--eps", "0.1", "--threads", "2"], ["attack", "--fgsm", "--eps", "0.1", "--no-isolate"],
    ["attack", "--fgsm", "--eps", "0.1", "--output", "out.h5"], ["predict", "--output", "out.h5"],
    ["gradient", "--output", "out.h5"], ["evaluate", "--suite", "fgsm,noise:draws=1", "--eps", "0.05,0.1"],
    ["evaluate", "--suite", "fgsm", "--eps", "0.1", "--output", "out.h5"],
    ["attack", "--fgsm", "--eps", "0.1", "--preprocess", "median:size=2"],
    ["train", "--split", "test", "--epochs", "1", "--window", "8MB", "--output", "trained.h5"],
  ])
  func memoryIsFlat(command: [String]) throws {
    try SampleFiles.writeModel("m.h5", in: directory, architecture: "mlp:hidden=4", inputShape: [1, 28, 28])
    let peaks = try [4000, 24_000].map { try peak(count: $0, command) }
    #expect(peaks[1] - peaks[0] < 16 << 20, "\(command): \(peaks) bytes")
  }

  private func peak(count: Int, _ command: [String]) throws -> Int {
    let data = "\(count).h5"
    // Noise: the model is right about some of it by chance, and the others need not be attacked.
    try SampleFiles.write(
      data, in: directory, shape: [count, 1, 28, 28],
      pixels: (0..<count * Self.pixels).map { Float(($0 &* 2_654_435_761) >> 7 & 255) / 255 },
      labels: (0..<count).map { Int64($0 % 10) })
    let child = try Child.start(command + ["--model", "m.h5", "--data", data], in: directory)
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
