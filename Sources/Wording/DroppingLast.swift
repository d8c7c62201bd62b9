extension StringProtocol {
  /// The text without the characters at its end for which something holds.
  package func droppingLast(while isDropped: (Character) -> Bool) -> String {
    String(reversed().drop(while: isDropped).reversed())
  }
}
