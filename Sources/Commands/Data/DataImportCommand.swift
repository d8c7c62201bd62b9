internal import Arguments
internal import Exchange
internal import Reports

/// `advlab data import`: a dataset of any layout in the lab's own.
struct DataImportCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Write a dataset of any known layout in the lab's own: x_train, y_train, x_test, y_test.",
    discussion: """
      EXAMPLES:
        advlab data import mnist/ --output mnist.h5 --pixels uint8
        advlab data convert cifar-10-batches-bin/ --output cifar10.h5
      """,
    aliases: ["convert"])

  enum Pixels: String, CaseIterable, ArgumentValue {
    case float32, uint8
  }

  init() {}

  @Argument(help: "The file or directory.", completion: .file) var input: String
  var data = DataLayoutOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "How pixels are stored; uint8 refuses pixels that are no multiples of 1/255.") var pixels: Pixels =
    .float32
  @Option(help: "Where to write the dataset (HDF5).", valueName: "file", completion: .file) var output: OutputFile

  func run() throws {
    try output.check(
      try output.form(of: .dataset), inputs: [input] + (data.labelsFile.map { [$0] } ?? []), force: writing.force)
    let train = try reading.reader().dataset(input, data.selection(split: "train"))
    let test = try reading.reader().dataset(input, data.selection(split: "test"))
    try Dataset.write(
      train: train, test: test, to: output.path, as: pixels == .uint8 ? .uint8 : .float32,
      description: DatasetDescription(title: train.name, source: input, license: "as the source"),
      provenance: Provenance(command: commandArguments, dataSHA256: train.sha256))
    var heading = Heading()
    heading.add(train.properties, path: input, isGiven: true)
    heading.add(test.properties, path: input, isGiven: true)
    heading.add("written", output.path)
    var document = Document("Dataset")
    document.add(heading.facts)
    try StandardOutput.print(document)
  }
}
