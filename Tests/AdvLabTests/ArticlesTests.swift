import FoundationEssentials
import Testing

/// The code of the articles is that of the example, which is compiled and run.
@Suite struct ArticlesTests {
  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let articles = root + "/Sources/AdvLab/AdvLab.docc"
  private static let example = root + "/Tests/Example/Sources"

  private func text(_ path: String) throws -> String {
    String(decoding: try #require(FileManager.default.contents(atPath: path), "\(path)"), as: UTF8.self)
  }

  @Test func everyBlockIsPartOfTheExample() throws {
    let sources = try ["RobustDigits/main", "Articles/main", "Articles/Halfway"].map {
      try text("\(Self.example)/\($0).swift")
    }
    var blocks = 0
    for article in try FileManager.default.contentsOfDirectory(atPath: Self.articles) {
      for block in try text("\(Self.articles)/\(article)").components(separatedBy: "```swift\n").dropFirst() {
        let code = block.components(separatedBy: "```")[0]
        blocks += 1
        #expect(sources.contains { $0.contains(code) }, "\(article): \(code)")
      }
    }
    #expect(blocks >= 7)
  }
}
