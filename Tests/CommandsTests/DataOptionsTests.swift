import Exchange
import HDF5
import Networks
import Testing

/// How options that explain a dataset are typed.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct DataOptionsTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func run(_ line: String) throws -> Child.Ending {
    try Child.start(line.split(separator: " ").map(String.init), in: directory).wait()
  }

  @Test(arguments: [
    "--pixel-range -1:1", "--pixel-range=-1:1", "--pixel-range -1.0:1e0", "--pixel-range -1:1,-1:1,-1:1",
  ])
  func rangesThatBeginBelowZero(option: String) throws {
    try SampleFiles.write("d.h5", in: directory, pixels: (0..<256).map { Float($0 % 17) / 8 - 1 })
    let ending = try run("attack --fgsm --eps 0.1 --data d.h5 \(option)")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("pixels in [-1, 1]"), "\(ending.output)")
    let refused = try run("attack --fgsm --eps 0.1 --data d.h5")
    #expect(refused.code == 65)
    #expect(refused.errors.contains("; --pixel-range low:high states another range, such as -1:1"), "\(refused.errors)")
  }

  @Test func rangesThatAreNoneAreRefused() throws {
    for wrong in ["1:0", "a:b", "1", "0:1,", "0:1,2", ",0:1", "0:1,,0:1", "0:1,1:0", "0:1:2", "0:nan", "-inf:1"] {
      let ending = try run("attack --fgsm --eps 0.1 --pixel-range=\(wrong)")
      #expect(ending.code == 64)
      #expect(ending.errors.contains("expected two rising numbers such as 0:255"), "\(ending.errors)")
    }
  }

  @Test(arguments: ["NHWC", "nhwc", "hwc", "Hwc"])
  func layoutsInAnyCase(layout: String) throws {
    try SampleFiles.write("d.h5", in: directory, shape: [4, 4, 4, 4])
    let ending = try run("data inspect d.h5 --layout \(layout)")
    #expect(ending.output.contains("4 images 4×4×4 as NHWC"), "\(ending.output)\(ending.errors)")
    #expect(try run("data inspect d.h5").errors.contains("--layout NCHW or NHWC"))
  }

  @Test(arguments: ["linf", "Linf", "LINF", "L∞", "l_inf", "inf"])
  func normsAsPeopleWriteThem(norm: String) throws {
    let ending = try run("attack --FGSM --eps 0.1 --count 2 --norm \(norm)".replacing("--FGSM", with: "--fgsm"))
    #expect(ending.output.contains("threat  L∞, eps = 0.1"), "\(ending.output)\(ending.errors)")
    #expect(try run("attack --fgsm --eps 0.1 --count 2 --norm L2").output.contains("threat  L2, eps"))
    #expect(try run("attack --fgsm --eps 0.1 --norm l3").code == 64)
  }

  @Test(arguments: [
    "attack --pgd --eps 0.1 --count 2 --loss Cross-Entropy", "attack --pgd --eps 0.1 --count 2 --targets Least-Likely",
    "attack --pgd --eps 0.1 --count 2 --precision FLOAT32", "data generate Patterns --output p.h5",
    "convert \(SampleFiles.model) m.h5 --to NATIVE", "data import \(SampleFiles.digits) --pixels Float32 --output i.h5",
    "train --architecture MLP:hidden=8 --epochs 1 --optimizer ADAM --schedule Cosine --output t.h5",
    "evaluate --eps 0.1 --count 2 --suite fgsm --preprocess JPEG:quality=75",
  ])
  func valuesInAnyCase(line: String) throws {
    let ending = try run(line)
    #expect(ending.code == 0, "\(ending.errors)")
  }

  @Test func bytesStayBytes() throws {
    let names = [("t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8] as [UInt8])]
    for (name, header) in names {
      try directory.write(name, header + (0..<128).map { UInt8($0 * 2) })
    }
    try directory.write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 3, 7])
    let ending = try run("data inspect \(directory.path)/ --pixel-range 0:255")
    #expect(ending.output.contains("pixels in [0.0, 255.0] as given, kept as they are stored"), "\(ending.errors)")
    #expect(ending.output.contains("from 0.0 to 254.0"), "\(ending.output)")
    #expect(!ending.output.contains("//"), "\(ending.output)")
    #expect(try run("data inspect \(directory.path)").output.contains("from 0.0 to 0.99"))
    // What `data inspect` reads, `inspect` reads.
    #expect(try run("inspect \(directory.path)").output.contains("2 images of 1×8×8, 8 classes"))
    let attack = try run("attack --fgsm --eps 8 --data \(directory.path) --pixel-range 0:255")
    #expect(attack.output.contains("eps = 8 in stored pixel units, pixels in [0, 255]"), "\(attack.errors)")
  }

  @Test func theOnlySplitStandsForTheTestSplitUnlessThatWasAskedFor() throws {
    let path = directory.file("cats.h5")
    try File.write(atomicallyTo: path) { root in
      try root.write("train_set_x", (0..<192).map { UInt8($0) }, shape: [4, 4, 4, 3])
      try root.write("train_set_y", [0, 1, 1, 0] as [Int64])
      try root.write("list_classes", ["non-cat", "cat"])
    }
    let found = try run("data inspect cats.h5")
    #expect(found.output.contains("cats.h5, train: 4 images of 3×4×4, 2 classes"), "\(found.output)\(found.errors)")
    #expect(found.output.contains("train is the only split"))
    #expect(try run("data inspect cats.h5 --split test").code == 65)
    let model = try SampleFiles.writeModel("m.h5", in: directory, inputShape: [3, 4, 4], classCount: 2)
    #expect(try run("attack --fgsm --eps 0.1 --model \(model) --data cats.h5").code == 0)
    // Training on a file without splits, nothing is left to test on.
    try File.write(atomicallyTo: directory.file("all.h5")) { root in
      try root.write("x", (0..<256).map { Float($0) / 255 }, shape: [4, 1, 8, 8])
      try root.write("y", [0, 1, 1, 0] as [Int64])
    }
    let trained = try run("train --architecture mlp --data all.h5 --epochs 1 --output t.h5")
    #expect(trained.output.contains("no test accuracy: the file has no splits"), "\(trained.output)\(trained.errors)")
  }

  @Test func labelsOfAnotherFile() throws {
    try File.write(atomicallyTo: directory.file("x.h5")) { root in
      try root.write("images", (0..<256).map { Float($0) / 255 }, shape: [4, 1, 8, 8])
    }
    #expect(try run("data inspect x.h5").code == 65)
    try File.write(atomicallyTo: directory.file("z.h5")) { root in try root.write("answers", [0, 0, 1, 1] as [Int64]) }
    #expect(try run("data inspect x.h5").code == 65)
    try directory.write("answers.txt", Array("3\n3\n1\n0\n".utf8))
    let text = try run("data inspect x.h5 --labels-file answers.txt")
    #expect(text.output.contains("labels   0: 1, 1: 1, 2: 0, 3: 2"), "\(text.output)\(text.errors)")
    // Beside a file for x, one for y is found.
    try File.write(atomicallyTo: directory.file("y.h5")) { root in try root.write("answers", [3, 2, 1, 0] as [Int64]) }
    let found = try run("data inspect x.h5")
    #expect(found.output.contains("labels from y.h5"), "\(found.output)\(found.errors)")
    #expect(found.output.contains("labels   0: 1, 1: 1, 2: 1, 3: 1"), "\(found.output)")
    #expect(try run("data inspect x.h5 --labels-file z.h5").output.contains("labels   0: 2, 1: 2"))
    #expect(try run("predict --data x.h5 --labels-file y.h5").code == 0)
    #expect(try run("predict --data x.h5 --labels-file none.h5").code == 66)
    #expect(try run("predict --data x.h5 --labels-file y.h5 --labels-key nothing").code == 65)
  }

  @Test func lzfOfAReport() throws {
    guard let path = SampleFiles.shared("fixtures2/reports/lzf.h5") else { return }
    let ending = try run("data inspect \(path)")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output.contains("40 images of 1×8×8, 10 classes"))
  }
}
