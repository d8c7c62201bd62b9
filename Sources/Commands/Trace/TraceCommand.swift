internal import Arguments
internal import Exchange
internal import Reports

/// `advlab trace`: an image on its way through a network.
struct TraceCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Follow images through a model, node by node.",
    discussion: """
      Shows of every node the range and the mean of what it puts out, and the share of zeros; pictures of it in a web \
      page, in the terminal and as files. With --adversarial both the image and what an attack made of it are followed, \
      and the change is shown as a share of the length of what the image gives. One image is followed unless --count says \
      more. Computed in double precision in plain loops; the logits are compared with those of --engine.

      EXAMPLES:
        advlab trace
        advlab trace --offset 3 --show 4
        advlab trace --model cnn.h5 --data mnist/ --count 3 --report trace.html
        advlab trace --adversarial adv.h5 --save-images pictures
      """)

  init() {}

  var model = ModelOptions()
  var data = DataOptions()
  @Option(
    help: "Follow the images of this file, which attack --output wrote, instead of --data.", valueName: "file",
    completion: .file)
  var adversarial: String?
  @Option(help: "Show so many channels of every node in the terminal.", valueName: "number") var show: Int?
  @Option(
    help: "Write a picture of every node as PNG into this directory, in a folder for each example.",
    valueName: "directory", completion: .directory)
  var saveImages: String?
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()

  /// What is followed where no number is given.
  private static let usualCount = 1
  private static let mostExamples = 100

  func validate() throws {
    if let show { try require((1...64).contains(show), "show", "1 to 64", show) }
    try require((data.count ?? 1) <= Self.mostExamples, "count", "1 to \(Self.mostExamples)", data.count ?? 1)
    guard adversarial == nil || data.data == nil else {
      throw ValidationError("--adversarial takes the place of --data.")
    }
  }

  func run() throws {
    try execution.report?.check()
    let subject = try subject()
    let pictures = try saveImages.map { try TraceDirectory($0, force: writing.force) }
    let run = try TraceRun(subject.model)
    let progress = execution.progress("trace", total: subject.examples.count, unit: "examples")
    defer { progress.finish() }
    var gallery = TraceGallery(
      isKept: execution.report?.showsPictures == true, shownChannels: execution.json ? nil : show)
    var traces: [TraceReport.Example] = []
    for example in subject.examples {
      let layers = run.layers(of: example)
      traces.append(
        TraceReport.Example(example, layers, engineDifference: try run.engineDifference(of: layers, example)))
      let sheets = gallery.isKept || pictures != nil ? layers.map { LayerPainter($0).sheets } : []
      gallery.append(layers, sheets, of: example)
      try pictures?.write(layers, sheets, of: example)
      progress.advance()
    }
    progress.finish()
    try execution.show(TraceReport(subject, traces, gallery: gallery.gallery, pictures: pictures))
    if let shown = gallery.shown { try StandardOutput.print(shown) }
  }

  private func subject() throws -> TraceSubject {
    guard let adversarial else {
      if data.count == nil { data.count = Self.usualCount }
      return try TraceSubject(model, data, reading)
    }
    return try TraceSubject(
      model, adversarial: adversarial, rows: data.offset..<data.offset + (data.count ?? Self.usualCount),
      dataDirectory: data.dataDirectory, reading)
  }
}
