import Exchange
import FoundationEssentials
import Networks
import Testing

/// `--show` and `--save-images`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct PictureTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ words: String...) throws -> Child.Ending { try Child.start(words, in: directory).wait() }

  /// The files are those of the images, in folders that the lab reads again, and one that is there is kept.
  @Test func imagesAreWrittenInFoldersByClass() throws {
    try directory.write("file", [1])
    let nowhere = try run("attack", "--fgsm", "--eps", "0.1", "--count", "20", "--save-images", "file/pics")
    #expect(nowhere.code == 73 && nowhere.errors.contains("file/pics: is no directory"), "\(nowhere.errors)")
    #expect(try run("attack", "--fgsm", "--eps", "0.1", "--count", "9", "--save-images", "new/pics").code == 0)
    let ending = try run("attack", "--fgsm", "--eps", "0.1", "--count", "20", "--save-images", "pics")
    #expect(ending.code == 0 && ending.output.contains("\nwritten  pics: 20 examples\n"), "\(ending.output)")
    let first = try SampleFiles.testImages(count: 1)
    let samples = first.images.scalars.map { UInt8(($0 * 255).rounded()) }
    let png = try #require(PNGEncoder.bytes(of: samples, width: 8, height: 8, channels: 1))
    let path = "00\(first.labels[0])/000000.png"
    #expect(try directory.read("pics/image/\(path)") == png)
    #expect(try directory.read("pics/attacked/\(path)") != png && directory.read("pics/sheet.png").count > 100)
    let read = try run("data", "inspect", "pics/attacked")
    #expect(read.code == 0 && read.output.contains("20 images of 1×8×8"), "\(read.output)")
    let again = try run("attack", "--fgsm", "--eps", "0.1", "--save-images", "pics")
    #expect(again.code == 73 && again.errors.contains("holds files already"), "\(again.errors)")
    #expect(try run("attack", "--fgsm", "--eps", "0.1", "--count", "20", "--save-images", "pics", "--force").code == 0)
  }

  /// The filters as they are drawn, and after every epoch; those of a network that has none are refused.
  @Test func filtersOfEveryEpoch() throws {
    let ending = try run(
      "train", "--data", SampleFiles.digits, "--architecture", "tinycnn", "--epochs", "2", "--quiet", "--output",
      "m.h5", "--save-filters", "f")
    #expect(ending.code == 0, "\(ending.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.file("f")).sorted()
    #expect(files == ["0000.png", "0001.png", "0002.png"])
    #expect(try Set(files.map { try directory.read("f/\($0)") }).count == 3)
    try SampleFiles.write("vectors.h5", in: directory, shape: [4, 5])
    let none = try run(
      "train", "--data", "vectors.h5", "--split", "test", "--architecture", "mlp:hidden=4", "--output", "v.h5",
      "--save-filters", "g")
    #expect(none.code == 64 && none.errors.contains("the first layer has no filters"), "\(none.errors)")
  }

  /// A picture that cannot be written does not cost the results.
  @Test func whatWasFoundIsShownAnyway() throws {
    try FileManager.default.createDirectory(atPath: "\(directory.path)/pics", withIntermediateDirectories: false)
    try directory.write("pics/image", Array("no directory".utf8))
    for words in [["attack", "--fgsm"], ["evaluate", "--suite", "fgsm"]] {
      let ending = try Child.start(
        words + ["--eps", "0.1", "--count", "20", "--save-images", "pics", "--force"], in: directory
      ).wait()
      #expect(ending.code == 73 && ending.output.contains("Fast gradient method"), "\(ending.output) \(ending.errors)")
      #expect(ending.errors.hasPrefix("Error: pics/image/") && !ending.output.contains("written"), "\(ending.errors)")
    }
  }

  @Test func examplesAreShown() throws {
    let plain = try run("attack", "--pgd", "--eps", "0.2", "--count", "30")
    let ending = try run("attack", "--pgd", "--eps", "0.2", "--count", "30", "--show", "2")
    #expect(ending.code == 0 && plain.code == 0)
    let shown = try #require(ending.output.components(separatedBy: "\n\nexample ").dropFirst().first)
    #expect(
      shown.hasPrefix("0, class 1, broken\n") && shown.contains("\nimage             attacked          change × 2.5"))
    #expect(ending.output.components(separatedBy: "\nexample ").count == 3)
    let suite = try run("evaluate", "--suite", "fgsm", "--eps", "0.1,0.2", "--count", "30", "--show", "1")
    #expect(suite.code == 0 && suite.output.contains("\n\nexample 0, class 1, broken\n"), "\(suite.output)")
    let json = try run("attack", "--fgsm", "--eps", "0.1", "--count", "30", "--show", "1", "--json")
    #expect(json.output.hasPrefix("{") && json.output.hasSuffix("}\n"))
    #expect(try run("attack", "--fgsm", "--eps", "0.1", "--show", "0").code == 64)
  }

  @Test func whatHasNoPicturesIsRefused() throws {
    let vectors = try run(
      "evaluate", "--eps", "0.1", "--preprocess", "jpeg:quality=75", "--suite", "fgsm", "--count", "10", "--show", "1")
    #expect(vectors.code == 64 && vectors.errors.contains("are no options of"), "\(vectors.errors)")
  }
}
