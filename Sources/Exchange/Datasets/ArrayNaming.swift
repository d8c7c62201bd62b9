/// What the name of an array says about its content: images or labels, and which split.
///
/// Names are split into words: `x_train`, `train/images`, `trainX`, `train_set_x`, `data/test/labels`. A name with an
/// unknown word says nothing. A further word may say which of several arrays it is: `x_adv`, `y_true`.
struct ArrayNaming: Hashable {
  /// What an array holds; the raw values name both sides of a pair alike.
  enum Role: Hashable {
    case images
    case labels
  }

  let role: Role
  /// Which of several arrays of images or labels it is; the first version that exists is read.
  enum Version: Int, Hashable, Comparable {
    /// No version is named.
    case plain
    /// `x_clean`, `y_true`.
    case original
    /// `x_adv`: what an attack made of images that are not in the file.
    case adversarial

    static func < (a: Version, b: Version) -> Bool { a.rawValue < b.rawValue }
  }

  /// The word for it, in the singular.
  let word: String
  /// Which of several it is.
  let version: Version
  /// The split in its usual word, such as `validation` for `val`; nil where the name says none.
  let split: String?

  private static let imageWords: Set = ["x", "image", "img", "data", "feature", "input", "example"]
  private static let labelWords: Set = ["y", "label", "target", "ans", "category"]
  private static let originalImages: Set = ["clean", "original", "orig", "natural", "nat", "benign"]
  private static let originalLabels: Set = ["true", "truth", "real", "clean", "original", "orig"]
  private static let adversarial: Set = ["adv", "advs", "adversarial", "adversarials", "perturbed"]
  private static let splits = [
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
    "valid": "validation", "validation": "validation", "dev": "validation",
  ]
  /// Pairs of words that belong together, the clearest first.
  static let pairs: [(images: String, labels: String)] = [
    ("x", "y"), ("image", "label"), ("data", "label"), ("data", "target"), ("feature", "target"), ("feature", "label"),
    ("input", "target"), ("input", "label"), ("image", "target"), ("example", "label"), ("x", "label"),
    ("img", "label"),
  ]

  /// Whether a name is one of the usual ones for a split.
  static func isSplit(_ name: String) -> Bool { splits[name.lowercased()] != nil }

  /// The usual word for a split.
  static func canonical(split: String) -> String { splits[split.lowercased()] ?? split.lowercased() }

  /// The meaning of a path, where `split` is a name for a split besides the usual ones.
  init?(_ path: String, split wanted: String) {
    var words = Self.words(of: path)
    let split = words.compactMap { $0 == wanted.lowercased() ? Self.canonical(split: wanted) : Self.splits[$0] }
    guard split.count <= 1 else { return nil }
    words.removeAll { Self.splits[$0] != nil || $0 == wanted.lowercased() || $0 == "set" }
    // `data` and `dataset` are also names of groups that hold everything.
    let inner = words.filter { $0 != "data" && $0 != "dataset" }
    if !inner.isEmpty { words = inner }
    guard let (role, word, version) = Self.meaning(of: words) else { return nil }
    (self.role, self.word, self.version) = (role, word, version)
    self.split = split.first
  }

  /// The meaning of a word, alone or beside a word for the version.
  private static func meaning(of words: [String]) -> (Role, word: String, Version)? {
    guard let index = words.firstIndex(where: { role(of: singular($0)) != nil }) else { return nil }
    let word = singular(words[index])
    var others = words
    others.remove(at: index)
    guard let role = role(of: word), others.count <= 1 else { return nil }
    guard let other = others.first else { return (role, word, .plain) }
    switch role {
    case .images where adversarial.contains(other): return (role, word, .adversarial)
    case .images: return originalImages.contains(other) ? (role, word, .original) : nil
    case .labels: return originalLabels.contains(other) ? (role, word, .original) : nil
    }
  }

  /// The names that the labels beside an array or a file of images may have, the clearest first: the last word for images
  /// is replaced by one for labels, as in `camelyon_X` and `camelyon_Y`.
  static func labelNames(besideImages name: String) -> [String] {
    pairs.flatMap { pair in
      zip(spellings(of: pair.images), spellings(of: pair.labels)).flatMap { images, labels -> [String] in
        guard let place = images.compactMap({ lastWord($0, in: name) }).first else { return [] }
        return labels.map { name[..<place.lowerBound] + $0 + name[place.upperBound...] }
      }
    }
  }

  /// A word in the singular and the plural: in lower case, in upper case, and with a capital.
  private static func spellings(of word: String) -> [[String]] {
    let capital = word.prefix(1).uppercased() + word.dropFirst()
    return [[word, word + "s"], [word.uppercased(), word.uppercased() + "S"], [capital, capital + "s"]]
  }

  /// The last place where a word stands between signs.
  private static func lastWord(_ word: String, in name: String) -> Range<String.Index>? {
    name.ranges(of: word).last(where: { place in
      let neighbours = [name[..<place.lowerBound].last, name[place.upperBound...].first].compactMap(\.self)
      return !neighbours.contains { $0.isLetter || $0.isNumber }
    })
  }

  private static func role(of word: String) -> Role? {
    imageWords.contains(word) ? .images : labelWords.contains(word) ? .labels : nil
  }

  private static func singular(_ word: String) -> String {
    word.count > 1 && word.hasSuffix("s") && word != "ans" ? String(word.dropLast()) : word
  }

  /// The words of a path in lower case: parts between signs, and in `trainImages` before a capital.
  private static func words(of path: String) -> [String] {
    var words: [String] = [""]
    var wasLower = false
    for character in path {
      if !character.isLetter && !character.isNumber {
        words.append("")
      } else if wasLower, character.isUppercase {
        words.append(character.lowercased())
      } else {
        words[words.count - 1] += character.lowercased()
      }
      wasLower = character.isLowercase
    }
    return words.filter { !$0.isEmpty }
  }
}
