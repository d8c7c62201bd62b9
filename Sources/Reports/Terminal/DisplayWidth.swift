extension String {
  /// The columns this text takes on a terminal: 2 for a wide East Asian character or an emoji, 0 for what only modifies
  /// its neighbour, 1 for everything else (×, ≤, ‖ and ε among it).
  public var displayWidth: Int {
    reduce(0) { $0 + $1.displayWidth }
  }

  /// The longest beginning of this text that fits into `columns`, with an ellipsis where something was left out.
  public func truncated(toWidth columns: Int) -> String {
    guard displayWidth > columns else { return self }
    guard columns > 0 else { return "" }
    var result = ""
    var width = 0
    for character in self {
      guard width + character.displayWidth <= columns - 1 else { break }
      result.append(character)
      width += character.displayWidth
    }
    return result + "…"
  }

  /// This text with spaces after it, or before it, up to a width.
  func padded(toWidth columns: Int, _ alignment: Table.Alignment) -> String {
    let padding = String(repeating: " ", count: max(columns - displayWidth, 0))
    switch alignment {
    case .left: return self + padding
    case .right: return padding + self
    }
  }
}

extension Character {
  /// The width of a cluster is that of its base: what follows it is drawn over it.
  fileprivate var displayWidth: Int {
    guard let base = unicodeScalars.first else { return 0 }
    switch base.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    if base.properties.isEmojiPresentation { return 2 }
    return wideRanges.contains { $0.contains(base.value) } ? 2 : 1
  }
}

/// The blocks whose characters terminals draw two columns wide (East Asian Width W and F, to the block).
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
  0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
]
