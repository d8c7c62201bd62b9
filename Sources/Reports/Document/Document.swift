/// What a command reports to people: blocks, one below the other, whatever they are shown on.
public struct Document: Hashable, Sendable {
  /// A part of a document.
  public enum Block: Hashable, Sendable {
    /// Labelled values.
    case facts(Facts)
    /// A table.
    case table(Table)
    /// Series of numbers.
    case figure(Figure)
    /// How often what was taken for what.
    case matrix(Matrix)
    /// Examples to look at.
    case gallery(Gallery)
    /// A sentence.
    case note(Note)
    /// Where to find columns of the table above that did not fit, if there are any: `A wider terminal shows`.
    case omittedColumns(shownBy: String)
  }

  /// A sentence on what stands above.
  public struct Note: Hashable, Sendable {
    /// How it is meant.
    public enum Kind: Hashable, Sendable {
      /// Additional information.
      case remark
      /// A reason to doubt the numbers.
      case warning
    }

    /// How it is meant.
    public let kind: Kind
    /// The sentence.
    public let text: String

    /// Creates a note.
    public init(_ kind: Kind, _ text: String) {
      (self.kind, self.text) = (kind, text)
    }
  }

  /// What the document is about; a terminal shows the command line instead.
  public let title: String
  /// The result in a sentence, for those who read no more; nil for none. A terminal shows the table alone.
  public var summary: String?
  /// The parts, from top to bottom.
  public private(set) var blocks: [Block] = []
  /// Further parts for those who look closer. A terminal and the tables of a paper have no place for them.
  public private(set) var details: [Block] = []

  /// Creates an empty document.
  public init(_ title: String) {
    self.title = title
  }

  /// Adds a block.
  public mutating func add(_ block: Block) { blocks.append(block) }

  /// Adds blocks for those who look closer.
  public mutating func add(details blocks: [Block]) { details += blocks }

  /// Adds labelled values.
  public mutating func add(_ facts: Facts) { blocks.append(.facts(facts)) }

  /// Adds a table.
  public mutating func add(_ table: Table) { blocks.append(.table(table)) }

  /// Adds a figure.
  public mutating func add(_ figure: Figure) { blocks.append(.figure(figure)) }

  /// Adds a remark.
  public mutating func remark(_ text: String) { blocks.append(.note(Note(.remark, text))) }

  /// Adds a warning.
  public mutating func warn(_ text: String) { blocks.append(.note(Note(.warning, text))) }

  /// Says where to find columns of the last table that did not fit, if there are any.
  public mutating func nameOmittedColumns(shownBy place: String) { blocks.append(.omittedColumns(shownBy: place)) }
}
