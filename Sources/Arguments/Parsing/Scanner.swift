/// Sorts words into options, flags and positional values, without converting any of them.
///
/// Nothing is thrown: the first problem is kept and scanning goes on, because a later `--help` takes precedence.
struct Scanner {
  struct Use {
    let entry: Schema.Entry
    let name: Name?
    let text: String?
  }

  private let schema: Schema
  private let stopsAtFirstWord: Bool
  private var positionals: ArraySlice<Schema.Entry>
  private var optionsEnded = false
  private var sawUnknownOption = false
  private var surplus: [String] = []

  private(set) var rest: ArraySlice<String>
  private(set) var uses: [Use] = []
  private(set) var firstProblem: ParserError?
  /// The word at which a group's scan stopped; `rest` is what follows it.
  private(set) var firstWord: String?

  init(_ words: [String], schema: Schema, stopsAtFirstWord: Bool = false) {
    rest = words[...]
    self.schema = schema
    self.stopsAtFirstWord = stopsAtFirstWord
    positionals = schema.positionals[...]
  }

  var problem: ParserError? {
    firstProblem ?? (surplus.isEmpty ? nil : .unexpectedWords(surplus))
  }

  mutating func note(_ problem: ParserError) {
    firstProblem = firstProblem ?? problem
  }

  mutating func scan() {
    while let word = rest.popFirst() {
      if optionsEnded || !isOption(word, expecting: positionals.first) {
        if stopsAtFirstWord && firstProblem == nil {
          firstWord = word
          return
        }
        position(word)
      } else if word == "--" {
        optionsEnded = true
      } else if word.hasPrefix("--") {
        long(word)
      } else {
        bundle(word)
      }
    }
  }

  private mutating func position(_ word: String) {
    // After an unknown option the word may have been meant as its value.
    guard !sawUnknownOption else { return }
    guard let entry = positionals.first else {
      surplus.append(word)
      return
    }
    uses.append(Use(entry: entry, name: nil, text: word))
    if !entry.description.isRepeating { positionals.removeFirst() }
  }

  private mutating func long(_ word: String) {
    let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = Name.long(String(parts[0]))
    guard let entry = schema[name] else { return unknown(name.description) }
    take(entry, as: name, attached: parts.count == 2 ? String(parts[1]) : nil)
  }

  /// `-v`, `-vq`, `-n value`, `-n=value`, and `-nvalue` where the option is declared joined.
  private mutating func bundle(_ word: String) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      let name = Name.short(letter)
      guard let entry = schema[name] else {
        // The whole word is reported where its first letter is unknown already.
        return unknown(letters.count == word.count - 2 ? word : name.description)
      }
      if letters.first == "=" { return take(entry, as: name, attached: String(letters.dropFirst())) }
      if entry.description.kind == .option && !letters.isEmpty {
        return entry.description.isJoined
          ? take(entry, as: name, attached: String(letters)) : note(.missingValue(entry.description, name))
      }
      take(entry, as: name, attached: nil)
    }
  }

  private mutating func take(_ entry: Schema.Entry, as name: Name, attached: String?) {
    switch (entry.description.kind, attached) {
    case (.flag, nil):
      uses.append(Use(entry: entry, name: name, text: nil))
    case (.flag, let value?):
      note(.valueForFlag(name, value: value))
    case (.option, let value?), (.positional, let value?):
      uses.append(Use(entry: entry, name: name, text: value))
    case (.option, nil), (.positional, nil):
      guard let next = rest.first, !isOption(next, expecting: entry) else {
        return note(.missingValue(entry.description, name))
      }
      rest.removeFirst()
      uses.append(Use(entry: entry, name: name, text: next))
    }
  }

  private mutating func unknown(_ spelled: String) {
    sawUnknownOption = true
    note(.unknownOption(spelled))
  }

  /// A lone dash is a value. So is a negative number where a number is expected, unless it spells declared options.
  private func isOption(_ word: String, expecting entry: Schema.Entry?) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    guard let entry, entry.description.isNumeric, word.looksLikeNegativeNumber else { return true }
    let letters = word.dropFirst()
    let isJoined = letters.first.flatMap { schema[.short($0)] }?.description.isJoined ?? false
    return isJoined || letters.allSatisfy { schema[.short($0)] != nil }
  }
}

extension String {
  fileprivate var looksLikeNegativeNumber: Bool {
    let magnitude = dropFirst().lowercased()
    guard let first = magnitude.first else { return false }
    return ("0"..."9").contains(first) || first == "." || ["inf", "infinity", "nan"].contains(magnitude)
  }
}
