import Exchange
import Testing

@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct DataCommandTests {
  @Test func patternsAreADataset() throws {
    let directory = try ScratchDirectory()
    let ending = try Child.run(
      "data", "generate", "patterns", "--dot", "--train", "40", "--test", "20", "--seed", "9", "--output", "p.h5",
      in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output == "written  p.h5: 40 training and 20 test images, 4 classes\n")
    let first = try Dataset.read(from: directory.file("p.h5"), DatasetSelection(split: "train"))
    #expect(first.count == 40)
    #expect(first.classCount == 4)
    _ = try Child.run(
      "data", "generate", "patterns", "--dot", "--train", "40", "--test", "20", "--seed", "9", "--output", "q.h5",
      in: directory)
    let second = try Dataset.read(from: directory.file("q.h5"), DatasetSelection(split: "train"))
    #expect(first.images == second.images)
  }
}
