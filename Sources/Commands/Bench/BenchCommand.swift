internal import Arguments

/// `advlab bench`: how fast the lab works on this machine.
struct BenchCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of attacks, training, certificates, inference and start-up.",
    discussion: """
      Weights and images are made from the seed. Every benchmark is run once to warm up and then --repeat times; the rate \
      is the median. Time inside and outside the engine's kernels is that of one more run. Several benchmarks are \
      measured in a process each, so that memory is that of the benchmark alone.

      pgd: gradients per second of L-infinity PGD from a random start, without early stop; fast, trades: examples per \
      second of robust training; autoattack, certify: images per second of AutoAttack and of CROWN margins, on a network \
      that is trained for a moment on patterns made from the seed; predict: images per second; grow: four runs, each with \
      twice the images, steps, channels or blocks of the one before; start-up: seconds of 'advlab attack --fgsm --eps 0.1' \
      as a whole. GFLOP/s count what the method needs, two operations for each multiply-accumulate.

      EXAMPLES:
        advlab bench
        advlab bench pgd-mnist-madry --profile
        advlab bench pgd-tinycnn fast-mnist-small --threads 1 --repeat 9 --json
        advlab bench grow-examples grow-width
        advlab bench pgd-mnist-small --save weights-and-images
      """)

  init() {}

  @Argument(help: "What to measure (default: everything).", valueName: "work") var benchmarks: [Benchmark] = []
  @Option(name: "repeat", help: "Timed runs of every benchmark.") var repetitions = 5
  @Option(help: "Images of a batch, instead of the benchmark's own number.") var batchSize: Int?
  @Option(help: "Steps of the attack, updates, or passes in a run, instead of the benchmark's own number.")
  var steps: Int?
  @Option(
    help: "Write weights and images to this directory, so that another program can be measured on the same.",
    valueName: "directory", completion: .directory)
  var save: String?
  var writing = WritingOptions()
  @Flag(help: "Also print the time of every node and kernel.") var profile: Bool
  var gradients = PrecisionOptions()
  var execution = RunOptions()

  func validate() throws {
    try require((1...10_000).contains(repetitions), "repeat", "1 to 10,000", repetitions)
    for (name, number) in [("batch-size", batchSize), ("steps", steps)] {
      if let number { try require((1...100_000).contains(number), name, "1 to 100,000", number) }
    }
    if let save { try require(!save.isEmpty, "save", "a directory", "nothing") }
  }

  func run() throws {
    try execution.report?.check()
    var run = BenchRun(
      benchmarks: benchmarks.isEmpty ? Benchmark.allCases : benchmarks,
      settings: BenchmarkSettings(
        workers: execution.workers, seed: execution.seed, precision: gradients.precision, repetitions: repetitions,
        batchSize: batchSize, steps: steps, keepsTimes: profile),
      display: execution.display, program: programPath)
    if let save { try run.save(to: save, command: commandArguments, force: writing.force) }
    let (report, failure) = try run()
    if !report.works.isEmpty || failure is Interruption { try execution.show(report) }
    if let failure { throw failure }
  }
}
