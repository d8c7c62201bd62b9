/// A further page of help of a command, such as that of one attack: `advlab help attack pgd`.
package struct HelpTopic: Sendable {
  /// The word typed after the name of the command.
  package var name: String
  /// The text above the list.
  package var overview: String
  /// Labels, each with its explanation.
  package var rows: [(label: String, text: String)]
  /// The text below the list.
  package var remark: String

  package init(name: String, overview: String, rows: [(label: String, text: String)], remark: String) {
    self.name = name
    self.overview = overview
    self.rows = rows
    self.remark = remark
  }
}
