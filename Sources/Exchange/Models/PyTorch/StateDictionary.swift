import Networks

/// The named tensors of a file, as `state_dict()` would list them.
///
/// There is no standard for state dictionaries in files: names are dotted or nested, perhaps below wrappers or with
/// prefixes. All forms become the same list of dotted names here.
struct StateDictionary {
  /// One array of floating-point numbers.
  struct Entry {
    /// The dotted name without the common prefix of wrappers.
    let name: String
    /// The dotted name of the whole path.
    let fullName: String
    let tensor: any StoredTensor

    /// The extents, in the order in which the array is read.
    var shape: Shape {
      let stored = tensor.shape
      guard tensor.reversesAxes else { return stored }
      // MATLAB's filters are H×W×I×O, and its files reverse all axes: O×I×W×H.
      return stored.rank == 4 ? [stored[0], stored[1], stored[3], stored[2]] : Shape(stored.extents.reversed())
    }
  }

  let file: String
  /// The tensors: in the order of their creation where the file keeps that, of their names elsewhere.
  let entries: [Entry]
  /// Whether `entries` are in the order of the model's layers.
  let keepsOrder: Bool
  /// The common prefix of wrappers, removed from every name.
  let prefix: String
  /// The names of arrays that are not floating-point tensors: counters, indices, text.
  let ignored: [String]
  /// The network as AdvLab's own JSON, where the file holds it.
  let architecture: String?
  /// What the user is told about the choice of tensors.
  let notes: [Note]

  /// Prefixes of checkpoints and parallel wrappers.
  private static let wrappers: Set = [
    "module", "model", "state_dict", "model_state_dict", "net", "network", "backbone", "_orig_mod", "ema", "model_ema",
    "last", "weights", "params", "parameters",
  ]
  /// Other content of checkpoints.
  private static let companions: Set = [
    "optimizer", "optimizer_state_dict", "optim", "scheduler", "lr_scheduler", "scheduler_state_dict", "scaler", "amp",
  ]

  init(_ path: String) throws {
    file = path
    let container = try TensorContainers.open(path)
    var found: [(components: [String], tensor: any StoredTensor)] = []
    var ignored: [String] = []
    for (components, tensor) in container.tensors {
      guard tensor.isFloatingPoint, let first = components.first, !Self.companions.contains(first),
        // Counters of batches are whole numbers, which some scripts store as floating-point numbers.
        components.last != "num_batches_tracked",
        // A single number at the top level is a learning rate or a loss, unless it normalises images.
        components.count > 1 || tensor.shape.rank > 0 || [.mean, .deviation].contains(TensorLeaf(named: first))
      else {
        ignored.append(components.joined(separator: "."))
        continue
      }
      found.append((components, tensor))
    }
    // A tensor keeps its own name and the module's.
    let wrapperCount = Self.wrapperCount(found.map(\.components), keeping: 2)
    entries = found.map { components, tensor in
      Entry(
        name: components.dropFirst(wrapperCount).joined(separator: "."),
        fullName: components.joined(separator: "."), tensor: tensor)
    }
    prefix = found.first?.components.prefix(wrapperCount).joined(separator: ".") ?? ""
    self.ignored = ignored
    keepsOrder = container.keepsOrder
    architecture = container.architecture
    notes = container.notes
  }

  /// The number of leading components, shared by all names, that belong to wrappers; at least `kept` components of each
  /// name remain.
  static func wrapperCount(_ names: [[String]], keeping kept: Int) -> Int {
    var count = 0
    while let wrapper = names.first?.dropFirst(count).first, wrappers.contains(wrapper),
      names.allSatisfy({ $0.count > count + kept && $0[count] == wrapper })
    { count += 1 }
    return count
  }

  /// The full name of a module, with the removed prefix.
  func fullName(ofModule name: String) -> String {
    [prefix, name].filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// The tensor of a name, which may be a path and may include the prefix.
  func entry(named name: String) -> Entry? {
    let dotted = name.split(whereSeparator: { $0 == "/" || $0 == "." }).joined(separator: ".")
    return entries.first { $0.name == dotted } ?? entries.first { $0.fullName == dotted }
  }
}
