extension String {
  /// The text with control characters replaced, which a terminal would act upon instead of showing; names in a file may
  /// contain them. Line breaks stay.
  package var printable: String {
    replacing { $0 == "\n" ? nil : "\u{FFFD}" }
  }

  /// JSON text in which such characters are written as escapes: a program reads them, and a terminal does not act upon them.
  package var printableJSON: String {
    replacing { scalar in
      // Between strings JSON has line breaks alone.
      guard scalar != "\n" else { return nil }
      let digits = String(scalar.value, radix: 16)
      return #"\u"# + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }

  private func replacing(_ replacement: (Unicode.Scalar) -> String?) -> String {
    guard unicodeScalars.contains(where: \.isObeyed) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if scalar.isObeyed, let text = replacement(scalar) {
        result += text
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// Whether a terminal obeys the character: a control character, also one of those from 128 to 159, a separator of lines,
  /// or a mark that turns the direction of writing, so that a name reads as another one.
  fileprivate var isObeyed: Bool {
    switch value {
    case 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: properties.generalCategory == .control
    }
  }
}
