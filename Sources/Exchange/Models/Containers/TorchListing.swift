import Networks

/// The tensors in the dictionaries and lists of a pickle, and which of several sets of weights is taken.
///
/// A checkpoint holds a state dictionary, or dictionaries of which one is that of the model: the first of `wrappers`
/// that holds tensors. Of the other entries none is, because a second set of weights has the same names, but for the
/// mean and the deviation of the pixels.
struct TorchListing {
  /// The names of dictionaries of weights in checkpoints: those of the model, then averages of it in training.
  private static let wrappers = [
    "state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params", "parameters",
    "ema", "model_ema", "ema_state_dict", "state_dict_ema", "ema_model_state_dict", "ema_model", "swa_model",
  ]
  /// What the names of the state of training itself contain; it is not worth a note.
  private static let companions = ["optim", "sched", "scaler"]
  /// The most dictionaries within each other, of which a checkpoint has a few.
  private static let mostLevels = 32
  /// The most values that are looked at: objects may hold each other again and again.
  private static let mostValues = 1 << 21
  /// The most numbers beyond a multiple of the file's bytes: tensors can share a number, or repeat it without end.
  private static let mostNumbers = 1 << 24

  private(set) var tensors: [(components: [String], tensor: any StoredTensor)] = []
  private(set) var notes: [Note] = []
  private let content: TorchPickle
  private var budget = Self.mostValues
  /// How many more numbers the tensors may have.
  private var numbers: Int

  init(_ file: TorchFile) throws(ExchangeError) {
    content = file.content
    numbers = Self.mostNumbers + 8 * min(file.size, 1 << 50)
    let pickle = content.pickle
    let entries = try named(pickle.root) ?? []
    var holders: [String] = []
    for entry in entries where !content.isTensor(entry.value) {
      if try holdsTensors(entry.value) { holders.append(entry.name) }
    }
    let chosen = Self.wrappers.first(where: holders.contains)
    for entry in entries where chosen == nil || entry.name == chosen || Self.isNormalization(entry.name) {
      try add(entry.value, [entry.name])
    }
    if let chosen {
      let others = holders.filter { $0 != chosen && !Self.isCompanion($0) }.map { "'\($0)'" }.joined(separator: ", ")
      if !others.isEmpty { notes = ["the weights are those of '\(chosen)'; not read: \(others)"] }
    }
    guard !tensors.isEmpty else {
      throw pickle.failure(expected: "a dictionary of tensors, as of model.state_dict()", found: "none")
    }
  }

  private static func isNormalization(_ name: String) -> Bool { [.mean, .deviation].contains(TensorLeaf(named: name)) }

  private static func isCompanion(_ name: String) -> Bool {
    let name = name.lowercased()
    return companions.contains { name.contains($0) }
  }

  /// The values in a dictionary, a list or a tuple, with their keys or indices; nil for other values. Keys that are
  /// neither texts nor numbers name no weights.
  private mutating func named(
    _ value: PickleValue
  ) throws(ExchangeError) -> [(name: String, value: PickleValue)]? {
    let pickle = content.pickle
    var named: [(name: String, value: PickleValue)]
    if let entries = pickle.entries(value) {
      named = entries.compactMap { key, value in
        (key.text ?? key.integer.map(String.init)).map { ($0, value) }
      }
      guard Set(named.map(\.name)).count == named.count else {
        throw pickle.failure(expected: "each name once in a dictionary", found: "a name twice")
      }
    } else if let items = pickle.items(value) {
      named = items.enumerated().map { ("\($0.offset)", $0.element) }
    } else {
      return nil
    }
    guard named.count <= budget else {
      throw pickle.failure(expected: "dictionaries of at most \(Self.mostValues) values", found: "more")
    }
    budget -= named.count
    return named
  }

  private mutating func holdsTensors(_ value: PickleValue, level: Int = 0) throws(ExchangeError) -> Bool {
    if content.isTensor(value) { return true }
    guard level < Self.mostLevels else { return false }
    for entry in try named(value) ?? [] {
      if try holdsTensors(entry.value, level: level + 1) { return true }
    }
    return false
  }

  private mutating func add(_ value: PickleValue, _ names: [String]) throws(ExchangeError) {
    let path = names.joined(separator: ".")
    if let tensor = try content.tensor(value, path: path) {
      guard tensor.shape.count <= numbers else {
        throw ExchangeError(
          file: content.pickle.file, object: path, expected: "at most \(numbers) more numbers in a file of this size",
          found: "\(tensor.shape)")
      }
      numbers -= tensor.shape.count
      tensors.append((names.flatMap { $0.split { $0 == "." || $0 == "/" }.map(String.init) }, tensor))
    } else if names.count < Self.mostLevels {
      for entry in try named(value) ?? [] { try add(entry.value, names + [entry.name]) }
    }
  }
}
