import Testing

/// `corruptions`.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct CorruptionsCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test func digitsGetTheirSuite() throws {
    let ending = try Child.run(
      "corruptions", "--count", "40", "--severities", "5,1", "--json", "--baseline",
      SampleFiles.data + "/digits-cnn-robust.h5", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    let report = try JSONValue.parse(ending.output)
    #expect(report["suite"]?.string == "mnist-c")
    #expect(report["families"]?.elements.count == 15)
    #expect(report["normalized_mce"]?.number != nil)
    let same = try Child.run(
      "corruptions", "--count", "40", "--severities", "1,5", "--threads", "1", "--batch-size", "7", "--json",
      in: directory)
    let other = try JSONValue.parse(same.output)
    #expect(other["mean_error"] == report["mean_error"])
    #expect(other["normalized_mce"]?.number == nil)
  }

  @Test func theTableSaysWhatIsNotAsPublished() throws {
    let ending = try Child.run(
      "corruptions", "--count", "10", "--suite", "cifar10-c", "--severities", "3", in: directory)
    #expect(ending.code == 0, "\(ending.errors)")
    for text in ["frost: a computed texture", "jpeg_compression", "speckle_noise (extra)", "mean of families (mCE)"] {
      #expect(ending.output.contains(text), "\(text)")
    }
  }

  @Test(arguments: [
    ["--severities", "0"], ["--severities", "1,1"], ["--severities", "6"], ["--suite", "imagenet-c"],
  ])
  func badValuesAreUsageErrors(words: [String]) throws {
    let ending = try Child.run("corruptions", words[0], words[1], in: directory)
    #expect(ending.code == 64, "\(ending.errors)")
  }
}
