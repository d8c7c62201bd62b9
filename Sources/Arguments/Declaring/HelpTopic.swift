/// Something that a command can tell more about than its help has room for: `advlab help attack pgd`.
package struct HelpTopic: Sendable {
  /// The word behind that of the command.
  package var name: String
  /// What stands first.
  package var overview: String
  /// Labels and what there is to say about each.
  package var rows: [(label: String, text: String)]
  /// What stands last.
  package var remark: String

  package init(name: String, overview: String, rows: [(label: String, text: String)], remark: String) {
    self.name = name
    self.overview = overview
    self.rows = rows
    self.remark = remark
  }
}
