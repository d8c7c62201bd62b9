import Arguments
import Commands
import Exchange
import HDF5
import Networks
import Testing

/// Files that are no good: each ends with one message that says what is wrong, and with the exit code for it.
struct BadInputTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func refusal(data: String? = nil, model: String? = nil, _ more: String...) -> Termination {
    let arguments =
      ["attack", "--fgsm", "--eps", "0.1", "--data-directory", SampleFiles.data, "--quiet"]
      + (data.map { ["--data", $0] } ?? []) + (model.map { ["--model", $0] } ?? []) + more
    return Program.execute(root: AdvLab.self, arguments: arguments, columns: 80)
  }

  private func expect(_ ending: Termination, _ code: Int32, _ message: String, file: String) {
    #expect(ending.exitCode == code)
    #expect(ending.errorOutput.hasPrefix("Error: \(file)"), "\(ending.errorOutput)")
    #expect(ending.errorOutput.contains(message), "\(ending.errorOutput)")
    #expect(ending.errorOutput.split(separator: "\n").count == 1, "\(ending.errorOutput)")
  }

  @Test func missingFiles() {
    let path = directory.file("none.h5")
    expect(refusal(data: path), 66, "No such file or directory", file: path)
    expect(refusal(model: path), 66, "No such file or directory", file: path)
    expect(refusal(model: directory.path), 66, "is a directory", file: directory.path)
    expect(refusal(data: directory.path), 66, "expected the IDX file", file: directory.path)
    let ending = refusal(data: nil, model: nil, "--data-directory", directory.path)
    #expect(ending.exitCode == 64, "an option given twice")
  }

  @Test func missingDataDirectory() {
    let ending = Program.execute(
      root: AdvLab.self, arguments: ["attack", "--fgsm", "--eps", "0.1", "--data-directory", directory.path],
      columns: 80)
    expect(ending, 66, "expected the directory with digits.h5", file: directory.path)
  }

  @Test func filesThatAreNoHDF5() throws {
    let text = try directory.write("text.h5", Array("These are no images.\n".utf8))
    expect(refusal(data: text), 65, "expected an HDF5 file, found no HDF5 signature", file: text)
    expect(refusal(model: text), 65, "expected an HDF5 file, found no HDF5 signature", file: text)
    let empty = try directory.write("empty.h5", [])
    expect(refusal(data: empty), 65, "the file is empty", file: empty)
  }

  @Test(arguments: [SampleFiles.digits, SampleFiles.model])
  func truncatedFiles(path: String) throws {
    let whole = try bytes(ofFile: path)
    for share in [1, 5, 9] {
      let cut = try directory.write("cut.h5", Array(whole.prefix(whole.count * share / 10)))
      expect(refusal(data: cut), 65, "truncated", file: cut)
      expect(refusal(model: cut), 65, "truncated", file: cut)
    }
  }

  @Test func onefileInPlaceOfAnother() {
    expect(refusal(data: SampleFiles.model), 65, "expected a dataset, found a model", file: SampleFiles.model)
    expect(refusal(model: SampleFiles.digits), 65, "expected a model, found a dataset", file: SampleFiles.digits)
    let ending = Program.execute(root: AdvLab.self, arguments: ["verify", SampleFiles.digits], columns: 80)
    expect(ending, 65, "expected adversarial examples, found a dataset", file: SampleFiles.digits)
  }

  @Test func wrongTypeOrRank() throws {
    let text = directory.file("strings.h5")
    try File.write(atomicallyTo: text) { root in
      try root.write("x_test", ["a", "b"])
      try root.write("y_test", [0, 1])
    }
    expect(refusal(data: text), 65, "expected images of numbers", file: text)
    let flat = try SampleFiles.write("flat.h5", in: directory, shape: [4, 1, 1, 8, 8])
    expect(refusal(data: flat), 65, "rank", file: flat)
    let labels = directory.file("labels.h5")
    try File.write(atomicallyTo: labels) { root in
      try root.write("x_test", [Float](repeating: 0, count: 128), shape: [2, 1, 8, 8])
      try root.write("y_test", ["cat", "dog"])
    }
    expect(refusal(data: labels), 65, "labels", file: labels)
    let short = try SampleFiles.write("short.h5", in: directory, labels: [0, 1, 2])
    expect(refusal(data: short), 65, "expected 4 labels", file: short)
  }

  @Test func labelsOutsideTheClasses() throws {
    let large = try SampleFiles.write("large.h5", in: directory, labels: [0, 1, 2, 12])
    expect(refusal(data: large), 65, "expected labels below 10", file: large)
    let stated = try SampleFiles.write("stated.h5", in: directory, labels: [0, 1, 2, 12]) {
      try $0.attributes.set("class_count", to: 10)
    }
    expect(refusal(data: stated), 65, "example 3: expected a label in 0..<10, found 12", file: stated)
    let negative = try SampleFiles.write("negative.h5", in: directory, labels: [0, -1, 2, 3])
    expect(refusal(data: negative), 65, "found -1", file: negative)
  }

  @Test(arguments: [(Float.nan, "nan"), (.infinity, "inf"), (1.5, "1.5"), (-0.01, "-0.01")])
  func pixelsOutsideTheRange(pixel: Float, shown: String) throws {
    var pixels = [Float](repeating: 0.5, count: 256)
    pixels[64 + 17] = pixel
    let path = try SampleFiles.write("pixels.h5", in: directory, pixels: pixels)
    expect(
      refusal(data: path), 65, "example 1: expected pixels in [0.0, 1.0], found \(shown) at channel 0, row 2, column 1",
      file: path)
  }

  @Test func nothingToLookAt() throws {
    let empty = try SampleFiles.write("empty.h5", in: directory, shape: [0, 1, 8, 8], labels: [])
    expect(refusal(data: empty), 65, "at least one example", file: empty)
    expect(refusal(data: SampleFiles.digits, "--offset", "360"), 64, "an offset in 0..<360", file: SampleFiles.digits)
  }

  @Test func imagesThatTheModelDoesNotTake() throws {
    let path = try SampleFiles.write("small.h5", in: directory, shape: [4, 1, 6, 6])
    expect(refusal(data: path), 65, "expected images of 1×8×8, as the model", file: path)
  }

  @Test(arguments: [
    ["--attack", "noise", "--norm", "l0"], ["--pgd", "--norm", "l2"], ["--fgsm", "--targets", "next"],
    ["--fgsm", "--targets", "10"],
  ])
  func unusableAttack(options: [String]) throws {
    // A model with a single class: neither targets nor margins exist.
    let data = try SampleFiles.write("one.h5", in: directory, labels: [0, 0, 0, 0])
    let model = try SampleFiles.writeModel("one-class.h5", in: directory, classCount: 1)
    let loss = options.contains("--targets") ? [] : ["--loss", "margin"]
    let ending = Program.execute(
      root: AdvLab.self, arguments: ["attack", "--eps", "1", "--data", data, "--model", model] + options + loss,
      columns: 80)
    #expect(ending.exitCode == 64)
    #expect(ending.errorOutput.contains("class"), "\(ending.errorOutput)")
  }

  @Test func targetsThatDoNotExist() {
    let large = refusal(data: nil, model: nil, "--targets", "99")
    #expect(large.exitCode == 64)
    #expect(large.errorOutput.contains("--targets: expected a label below 10, found 99."))
  }
}
