/// Labelled values, one below the other: which model, which data, what came out.
///
/// ```
/// model  digits-cnn.h5 (19,258 parameters)
/// data   digits.h5, test: 360 images of 1×8×8, 10 classes
/// ```
public struct Facts: Hashable, Sendable {
  /// One labelled value.
  public struct Fact: Hashable, Sendable {
    /// The name of the value; empty for a further line of the value above.
    public let label: String
    /// The value.
    public let value: Cell
  }

  /// All of them, in their order.
  public private(set) var facts: [Fact] = []

  /// Creates an empty list.
  public init() {}

  /// Adds a value.
  public mutating func add(_ label: String, _ value: Cell) {
    facts.append(Fact(label: label, value: value))
  }

  /// Adds a text.
  public mutating func add(_ label: String, _ text: String) {
    add(label, .text(text))
  }
}
