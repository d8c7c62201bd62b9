import Exchange
import Testing

/// `advlab notebook`: pages whose commands run.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct NotebookCommandTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  private func notebook(_ words: String...) throws -> Child.Ending {
    try Child.start(["notebook"] + words, in: directory).wait()
  }

  private func text(_ name: String) throws -> String { String(decoding: try directory.read(name), as: UTF8.self) }

  private static let page = """
    # Title

    ```sh
    advlab attack --fgsm --eps 0.1
    ```

    ```
    attack                clean accuracy  robust accuracy
    Fast gradient method         99.44 %          SHARE %  [69.70, 78.68] %            0.1      0.1        358  99.9 s
    ```

    <!-- notebook: produces
    echo "| a | $(accuracies --fgsm --eps 0.1) |"
    -->

    | name | clean | robust |
    |---|---|---|
    | a | 99.44 % | SHARE % |

    It leaves 11.11 %.

    """

  @Test func whatIsShownMustBePrinted() throws {
    let right = Self.page.replacing("SHARE", with: "74.44").replacing(
      "attack                clean accuracy  robust accuracy\n", with: "")
    try directory.write("p.md", Array(right.utf8))
    let good = try notebook("check", "p.md")
    #expect(good.code == 0 && good.errors.isEmpty, "\(good.output) \(good.errors)")
    #expect(try text("p.md") == right)
    try directory.write("p.md", Array(right.replacing("| 74.44", with: "| 74.45").utf8))
    let bad = try notebook("check", "p.md")
    #expect(bad.code == 2 && bad.errors.contains("1 line differs"), "\(bad.errors)")
    #expect(
      bad.output.contains("p.md:17: differs: shown:   | a | 99.44 % | 74.45 % |\n  printed: | a | 99.44 % | 74.44 % |"))
  }

  /// The page gets what was printed and nothing else, and the prose is not trusted.
  @Test func runWritesWhatIsPrinted() throws {
    let old = Self.page.replacing("SHARE", with: "11.11")
      .replacing("Fast gradient method", with: "note  this is not printed any more\nFast gradient method")
    try directory.write("p.md", Array(old.utf8))
    let ending = try notebook("run", "p.md")
    #expect(ending.code == 0, "\(ending.errors)")
    let page = try text("p.md")
    #expect(page.contains("Fast gradient method         99.44 %          74.44 %") && !page.contains("99.9 s"))
    #expect(page.contains("| a | 99.44 % | 74.44 % |\n\nIt leaves 11.11 %.\n"))
    #expect(!page.contains("any more") && ending.output.contains("not printed any more: note  this"))
    #expect(try notebook("check", "p.md").code == 0)
    #expect(ending.output.contains("p.md:20: stale: the prose still says 11.11"), "\(ending.output)")
  }

  @Test func pagesSayWhatIsNotRun() throws {
    let page = """
      <!-- notebook: skip -->
      ```sh
      exit 3
      ```
      ```
      nothing
      ```
      <!-- notebook: needs nowhere.h5 -->
      ```sh
      exit 4
      ```
      # Next
      <!-- notebook: instead
      echo ran; cat given.txt
      -->
      ```sh
      exit 5
      ```
      ```
      ran
      ```
      <!-- notebook: tolerance 1 -->
      ```sh
      echo "share 50.5 %"
      ```
      ```
      share 50.0 %
      ```
      ```python
      print(1)
      ```
      """
    try directory.write("p.md", Array(page.replacing("; cat given.txt", with: "").utf8))
    let ending = try notebook("check", "p.md")
    #expect(ending.code == 0, "\(ending.output) \(ending.errors)")
    #expect(ending.output.contains("p.md:10: skipped: there is no nowhere.h5 (see --given and --python)\n"))
    #expect(ending.output.contains("p.md:30: skipped: there is no Python"))
    let given = try notebook("check", "p.md", "--given", "nowhere.h5=p.md")
    #expect(given.code == 1 && given.output.contains("p.md:10: failed: exit code 4: exit 4"))
  }

  @Test func aCommandThatFailsIsShown() throws {
    try directory.write("p.md", Array("```sh\necho why >&2\nfalse\n```\n".utf8))
    let ending = try notebook("check", "p.md")
    #expect(ending.code == 1 && ending.output.contains("p.md:2: failed: exit code 1: echo why >&2\nwhy\n"))
    #expect(ending.errors == "Error: 1 block failed\n")
    #expect(try notebook("check", "none.md").code == 66)
    #expect(try notebook("check").code == 64)
  }

  /// A picture is the one that the commands made, whoever compressed it.
  @Test func picturesAreComparedAndWritten() throws {
    let page = "```sh\nprintf abc > x.svg\n```\n<!-- notebook: picture x.svg -->\n![A picture](pictures/x.svg)\n"
    try directory.write("p.md", Array(page.utf8))
    #expect(try notebook("check", "p.md").code == 2)
    #expect(try notebook("run", "p.md").code == 0)
    #expect(try text("pictures/x.svg") == "abc")
    #expect(try notebook("check", "p.md").code == 0)
    try directory.write("pictures/x.svg", Array("abd".utf8))
    #expect(try notebook("check", "p.md", "--tolerance", "1").code == 2)
    // Numbers may differ with a tolerance.
    try directory.write("pictures/x.svg", Array("a1bc".utf8))
    #expect(try notebook("check", "p.md").code == 2)
    #expect(try notebook("check", "p.md", "--tolerance", "1").code == 0)
  }

  /// Of a picture of 100 pixels 2 differ.
  @Test func pixelsMayDifferWithATolerance() throws {
    let page = "```sh\ncp ../../made.png x.png\n```\n<!-- notebook: picture x.png -->\n![A picture](shown.png)\n"
    let black = [UInt8](repeating: 0, count: 100)
    let made = try #require(PNGEncoder.bytes(of: black, width: 10, height: 10, channels: 1))
    let shown = try #require(PNGEncoder.bytes(of: [9, 9] + black.dropFirst(2), width: 10, height: 10, channels: 1))
    try directory.write("made.png", made)
    try directory.write("shown.png", shown)
    try directory.write("p.md", Array(page.replacing("../../made.png", with: "\(directory.path)/made.png").utf8))
    #expect(try notebook("check", "p.md").code == 2)
    #expect(try notebook("check", "p.md", "--tolerance", "1").code == 2)
    #expect(try notebook("check", "p.md", "--tolerance", "2").code == 0)
  }
}
