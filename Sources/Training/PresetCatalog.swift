internal import Hyperparameters
public import Networks
internal import Wording

/// Presets to choose from by name.
public struct PresetCatalog: Sendable {
  /// The presets: for each name one per family.
  public let presets: [Preset]
  /// The names without families, each once.
  public let titles: [String]

  /// Creates a catalogue.
  public init(_ presets: [Preset]) {
    self.presets = presets
    titles = presets.reduce(into: []) { if !$0.contains($1.title) { $0.append($1.title) } }
  }

  /// The preset of a name: of the family named, or without one of the family nearest to the images.
  public func named(_ name: String, for imageShape: Shape) throws(PresetError) -> Preset {
    let (family, wanted) = (Preset.Family(nearestTo: imageShape), name.lowercased())
    let preset = presets.first { $0.name == wanted || ($0.title == wanted && $0.family == family) }
    guard let preset else { throw PresetError(name: name, known: titles) }
    return preset
  }

  /// A preset as it was before anything was changed in it.
  public func published(_ preset: Preset) -> Preset { presets.first { $0.name == preset.name } ?? preset }

  /// The summaries of all presets, one per name.
  public var summaries: [Preset.Summary] {
    titles.map { title in
      let presets = presets.filter { $0.title == title }
      var descriptions = presets[0].defence.ownDescriptions
      for other in presets.dropFirst() {
        for (index, description) in other.defence.ownDescriptions.enumerated() {
          guard let own = descriptions[index].standard, let standard = description.standard, standard != own else {
            continue
          }
          descriptions[index].standard = "\(own); \(other.family.rawValue): \(standard)"
        }
      }
      return Preset.Summary(method: presets[0].method, hyperparameters: descriptions)
    }
  }
}

/// A name that no preset has.
public struct PresetError: Error, Hashable, CustomStringConvertible {
  /// What was asked for.
  public let name: String
  /// The names there are.
  public let known: [String]

  /// Creates an error.
  public init(name: String, known: [String]) {
    (self.name, self.known) = (name, known)
  }

  /// One sentence.
  public var description: String {
    "There is no defence '\(name)'. \(NearestNames.advice(for: name, among: known))"
      + " The name may have -mnist or -cifar behind it."
  }
}
