/// Lets searches take turns, each turn twice as long as the one before, up to the first input that is found: a query that takes
/// long keeps no other one from its answer. Turns are counted in parts, so that they do not depend on the machine.
///
/// - Parameters:
///   - searches: The searches, those that seem easiest first.
///   - isOver: Whether time is up.
/// - Returns: An answer for each; nil for those that an input found before made superfluous.
/// - Throws: What the searches throw.
func takingTurns(
  _ searches: inout [InputSplitting], isOver: @escaping @Sendable () -> Bool
) throws -> [Answer?] {
  var answers = [Answer?](repeating: nil, count: searches.count)
  var limit = 256
  var waiting = Array(searches.indices)
  while !waiting.isEmpty {
    for index in waiting {
      let answer = try searches[index].run(parts: searches[index].partCount + limit, isOver: isOver)
      answers[index] = answer
      if case .found = answer { return answers }
    }
    if isOver() { break }
    waiting = waiting.filter { searches[$0].canGoOn }
    limit *= 2
  }
  return answers
}
