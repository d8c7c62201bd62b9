import Wording

/// Pictures as text: two pixels, one above the other, are a character.
///
/// ```
/// example 3, class 1, broken
///   .-@@=.      :-%@=.      .=++-
///   .=@@-.      .=@%-:      =+.-+
/// image       attacked    change × 5
/// ```
public enum TerminalPictures {
  /// How a character shows its two pixels.
  public enum Colors: Hashable, Sendable {
    /// By how much ink it has.
    case none
    /// As an upper half in one of 256 colours over another one.
    case palette
    /// The same in all colours.
    case full
  }

  /// The examples of a gallery at its last stage, as wide as a terminal or 80 columns.
  public static func text(_ gallery: Gallery, _ colors: Colors, width: Int?) -> String {
    gallery.items.map { item in
      let (pictures, outcome) = (item.views.last?.pictures ?? [], item.views.last?.outcome ?? "")
      let title = [item.title, item.kind.isEmpty ? "" : "class \(item.kind)", outcome].filter { !$0.isEmpty }
      let lines = rows(pictures, colors, width: width ?? 80)
      return ([plain(title.joined(separator: ", "))] + lines).map { $0 + "\n" }.joined()
    }.joined(separator: "\n")
  }

  /// Names come from files: what controls a terminal is left out of them.
  private static func plain(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
  }

  private static let gap = "  "
  /// The fewest columns of a picture, as far as it can be enlarged by a whole factor.
  private static let leastColumns = 16

  private static func rows(_ pictures: [Gallery.Picture], _ colors: Colors, width: Int) -> [String] {
    guard !pictures.isEmpty else { return [] }
    let room = max(1, (width - gap.count * (pictures.count - 1)) / pictures.count)
    let blocks = pictures.map { Raster($0, columns: room, least: leastColumns) }
    let height = blocks.map(\.lineCount).max() ?? 0
    let lines = (0..<height).map { line in
      blocks.map { $0.line(line, colors) }.joined(separator: gap)
    }
    let titles = zip(pictures, blocks).map { picture, block in
      let title = String(plain(picture.title).prefix(block.columns))
      return title + String(repeating: " ", count: max(0, block.columns - title.displayWidth))
    }
    return (lines + [titles.joined(separator: gap)]).map { line in
      colors == .none ? line.droppingLast { $0 == " " } : line
    }
  }
}

/// A picture in the pixels of a terminal.
private struct Raster {
  let columns: Int
  private let rows: Int
  private let picture: Gallery.Picture

  init(_ picture: Gallery.Picture, columns room: Int, least: Int) {
    self.picture = picture
    let enlarged = max(1, least / max(picture.width, 1)) * picture.width
    columns = max(1, min(enlarged, room))
    rows = max(1, picture.height * columns / max(picture.width, 1))
  }

  var lineCount: Int { (rows + 1) / 2 }

  /// The characters of a line.
  func line(_ line: Int, _ colors: TerminalPictures.Colors) -> String {
    let pairs = (0..<columns).map { column in
      (color(2 * line, column), 2 * line + 1 < rows ? color(2 * line + 1, column) : nil)
    }
    switch colors {
    case .none: return String(pairs.map { Self.ink($0.0, $0.1) })
    case .palette, .full:
      return pairs.map { upper, lower in
        let back = lower.map { ";48;\($0.code(colors))" } ?? ""
        return "\u{1B}[38;\(upper.code(colors))\(back)m▀"
      }.joined() + "\u{1B}[0m"
    }
  }

  /// The mean of the pixels that one of the terminal stands for.
  private func color(_ row: Int, _ column: Int) -> Color {
    let (top, left) = (row * picture.height / rows, column * picture.width / columns)
    let bottom = max(top + 1, (row + 1) * picture.height / rows)
    let right = max(left + 1, (column + 1) * picture.width / columns)
    let channels = picture.channels
    let means = (0..<3).map { channel -> Int in
      var sum = 0
      for y in top..<bottom {
        for x in left..<right {
          sum += Int(picture.samples[(y * picture.width + x) * channels + min(channel, channels - 1)])
        }
      }
      return sum / ((bottom - top) * (right - left))
    }
    return Color(red: means[0], green: means[1], blue: means[2])
  }

  private static let ramp = Array(" .:-=+*#%@")

  private static func ink(_ upper: Color, _ lower: Color?) -> Character {
    let light = (upper.luminance + (lower ?? upper).luminance) / 2
    return ramp[min(Int(light * Double(ramp.count)), ramp.count - 1)]
  }
}

/// A colour of a terminal, from 0 to 255 each.
private struct Color {
  let red: Int
  let green: Int
  let blue: Int

  /// From 0 to 1, by the weights of ITU-R BT.601.
  var luminance: Double { (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255 }

  /// What stands behind `38;` or `48;` in its escape sequence.
  func code(_ colors: TerminalPictures.Colors) -> String {
    guard colors == .palette else { return "2;\(red);\(green);\(blue)" }
    // Colours 232 to 255 are greys, and 16 to 231 a cube of six levels.
    if red == green, green == blue { return "5;\(232 + red * 23 / 255)" }
    return "5;\(16 + 36 * (red * 5 / 255) + 6 * (green * 5 / 255) + blue * 5 / 255)"
  }
}
