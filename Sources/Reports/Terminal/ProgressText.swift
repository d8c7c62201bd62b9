/// What a progress line says: `PGD  512 of 1,000 examples (51 %)  230 examples/s  2.1 s left  batch 4`.
struct ProgressText: CustomStringConvertible {
  let title: String
  let completed: Int
  let total: Int?
  let unit: String
  let seconds: Double
  /// How much of the work is done, where that is better known than by counting.
  let share: Double?
  let note: String

  var description: String { Self.join([title, count, rate, left, note]) }

  /// The same in at most so many columns. The time that is left stays as long as anything does; what a person misses
  /// least goes first, and what remains of the title is shortened.
  func fitting(_ width: Int) -> String {
    for parts in [
      [title, count, rate, left, note], [title, count, rate, left], [title, count, left], [title, left],
    ] {
      let text = Self.join(parts)
      if text.displayWidth <= width { return text }
    }
    let room = width - left.displayWidth - 2
    return left.isEmpty || room < 4
      ? Self.join([title, count]).truncated(toWidth: width) : Self.join([title.truncated(toWidth: room), left])
  }

  private static func join(_ parts: [String]) -> String { parts.filter { !$0.isEmpty }.joined(separator: "  ") }

  private var count: String {
    guard let total else { return "\(NumberFormat.count(completed)) \(unit)" }
    let percent = total > 0 ? " (\(NumberFormat.fixed(100 * Double(completed) / Double(total), decimals: 0)) %)" : ""
    return "\(NumberFormat.count(completed)) of \(NumberFormat.count(total)) \(unit)\(percent)"
  }

  private var rate: String {
    guard seconds > 0, completed > 0 else { return "" }
    return NumberFormat.rate(perSecond: Double(completed) / seconds, of: unit)
  }

  private var left: String {
    guard let total, completed < total, seconds > 0 else { return "" }
    let share = share ?? Double(completed) / Double(max(total, 1))
    guard share > 0, share <= 1 else { return "" }
    return "\(NumberFormat.duration(seconds: seconds * (1 - share) / share)) left"
  }
}
