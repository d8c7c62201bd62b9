internal import Arguments

/// Examples to look at, in the terminal and as files.
struct PictureOptions: OptionGroup {
  static let title = "Pictures"

  @Option(help: "Show so many examples in the terminal, broken ones first.", valueName: "number") var show: Int?
  @Option(
    help: """
      Write image, attacked image and amplified change of every attacked example as PNG into this directory, in folders by \
      class, and a sheet of some. Pixels of 8 bits may undo an attack (see --quantize).
      """, valueName: "directory", completion: .directory)
  var saveImages: String?

  func validate() throws {
    if let show { try require((1...1000).contains(show), "show", "1 to 1000", show) }
  }

  /// Whether images of examples are needed.
  var isEmpty: Bool { show == nil && saveImages == nil }
}
