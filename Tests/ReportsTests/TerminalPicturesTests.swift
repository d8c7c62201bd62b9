import Reports
import Testing

/// Pictures as text.
@Suite struct TerminalPicturesTests {
  private func gallery(_ pictures: [Gallery.Picture], title: String = "example 1") -> Gallery {
    Gallery("g", stages: ["s"], [Gallery.Item(title, kind: "3", [Gallery.View(outcome: "broken", pictures, Facts())])])
  }

  private func picture(_ samples: [UInt8], width: Int, height: Int) -> Gallery.Picture {
    Gallery.Picture("image", samples, width: width, height: height, png: [])
  }

  /// Two rows of pixels are a line, an image of few columns is enlarged, and ink is light.
  @Test func inkIsByLight() {
    let square = picture([0, 255, 255, 0], width: 2, height: 2)
    let text = TerminalPictures.text(gallery([square, square]), .none, width: 80)
    let rows =
      Array(repeating: "        @@@@@@@@          @@@@@@@@", count: 4)
      + Array(repeating: "@@@@@@@@          @@@@@@@@", count: 4)
    #expect(
      text == (["example 1, class 3, broken"] + rows + ["image             image"]).joined(separator: "\n") + "\n")
  }

  /// The upper pixel is the colour of the character, the lower one that behind it.
  @Test(arguments: [
    (TerminalPictures.Colors.full, "\u{1B}[38;2;255;0;0;48;2;0;0;255m▀"), (.palette, "\u{1B}[38;5;196;48;5;21m▀"),
  ]) func colorsAreThoseOfThePixels(_ colors: TerminalPictures.Colors, _ character: String) {
    let image = picture([255, 0, 0] + [0, 0, 255], width: 1, height: 2)
    let text = TerminalPictures.text(gallery([image]), colors, width: 1)
    // 1 column of 2 rows, because there is no room for more.
    #expect(text == "example 1, class 3, broken\n\(character)\u{1B}[0m\ni\n", "\(text)")
  }

  @Test func wideImagesAreMadeSmaller() {
    let image = picture([UInt8](repeating: 128, count: 100 * 50), width: 100, height: 50)
    let lines = TerminalPictures.text(gallery([image, image]), .none, width: 42).split(separator: "\n")
    #expect(lines.count == 7 && lines[1] == "++++++++++++++++++++  ++++++++++++++++++++", "\(lines)")
  }

  /// A name from a file does not control the terminal.
  @Test func namesAreText() {
    let image = picture([0], width: 1, height: 1)
    let text = TerminalPictures.text(gallery([image], title: "a\u{1B}[2Jb"), .none, width: 80)
    #expect(text.hasPrefix("a[2Jb, class 3"))
  }
}
