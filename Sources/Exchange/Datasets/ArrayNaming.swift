/// What the name of an array says about it: images or labels, and of which split.
///
/// Names are taken apart into words: `x_train`, `train/images`, `trainX`, `train_set_x`, `data/test/labels`. A name with a
/// word that means none of this says nothing.
struct ArrayNaming: Hashable {
  /// What an array holds; the raw values name both sides of a pair alike.
  enum Role: Hashable {
    case images
    case labels
  }

  let role: Role
  /// The word for it, in the singular.
  let word: String
  /// The split in its usual word, such as `validation` for `val`; nil where the name says none.
  let split: String?

  private static let imageWords: Set = ["x", "image", "img", "data", "feature", "input"]
  private static let labelWords: Set = ["y", "label", "target", "ans", "category"]
  private static let splits = [
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
    "valid": "validation", "validation": "validation", "dev": "validation",
  ]
  /// Pairs of words that belong together, the most telling first.
  static let pairs: [(images: String, labels: String)] = [
    ("x", "y"), ("image", "label"), ("data", "label"), ("data", "target"), ("feature", "target"), ("feature", "label"),
    ("input", "target"), ("input", "label"), ("image", "target"),
  ]

  /// The usual word for a split.
  static func canonical(split: String) -> String { splits[split.lowercased()] ?? split.lowercased() }

  /// What a path says, where `split` is a word for a split besides the usual ones.
  init?(_ path: String, split wanted: String) {
    var words = Self.words(of: path)
    let split = words.compactMap { $0 == wanted.lowercased() ? Self.canonical(split: wanted) : Self.splits[$0] }
    guard split.count <= 1 else { return nil }
    words.removeAll { Self.splits[$0] != nil || $0 == wanted.lowercased() || $0 == "set" }
    // `data` and `dataset` are also what everything lies in.
    let inner = words.filter { $0 != "data" && $0 != "dataset" }
    if !inner.isEmpty { words = inner }
    guard words.count == 1, let word = words.first.map(Self.singular) else { return nil }
    if Self.imageWords.contains(word) {
      role = .images
    } else if Self.labelWords.contains(word) {
      role = .labels
    } else {
      return nil
    }
    self.word = word
    self.split = split.first
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
