import Reports
import Testing

@Test func columnsLineUpUnderTheirTitles() {
  var table = Table([.left("attack"), .left("ε"), .right("robust accuracy")])
  table.append(["FGSM", "8/255", "41.20 %"])
  table.append(["PGD ‖·‖∞ ≤ ε", "0.1", "3.05 %"])
  #expect(
    table.description == """
      attack        ε      robust accuracy
      ────────────  ─────  ───────────────
      FGSM          8/255          41.20 %
      PGD ‖·‖∞ ≤ ε  0.1             3.05 %

      """)
}

@Test func missingCellsStayEmptyAndLinesEndWithoutSpaces() {
  var table = Table([.left("name"), .left("note")])
  table.append(["a"])
  table.append(["b", "two\nlines"])
  let lines = table.description.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines == ["name  note", "────  ─────────", "a", "b     two lines", ""])
}

@Test func aTableWithoutRowsHasTitlesAndARule() {
  #expect(Table([.right("N")]).description == "N\n─\n")
}

private let wide: Table = {
  var table = Table([
    .left("attack"), .right("robust accuracy", short: "robust"), .right("95 % interval", .major),
    .right("distance", .least), .right("gradients", .least), .right("time", .minor),
  ])
  table.append(["PGD", "61.67 %", "[56.5, 66.6] %", "0.1", "14,400", "1.2 s"])
  return table
}()

@Test func aTableInANarrowTerminalLosesWhatMattersLeast() {
  let titles = { (width: Int?) in
    wide.text(fitting: width).prefix { $0 != "\n" }.split(separator: "  ").map { $0.drop { $0 == " " } }
  }
  #expect(titles(nil) == ["attack", "robust accuracy", "95 % interval", "distance", "gradients", "time"])
  #expect(titles(80) == titles(nil))
  #expect(titles(60) == ["attack", "robust", "95 % interval", "distance", "gradients", "time"])
  #expect(titles(55) == ["attack", "robust", "95 % interval", "distance", "time"])
  #expect(titles(40) == ["attack", "robust", "95 % interval", "time"])
  #expect(titles(35) == ["attack", "robust", "95 % interval"])
  #expect(titles(1) == ["attack", "robust"], "what the table is about stays")
}

@Test(arguments: 1...100) func noLineIsWiderThanAsked(width: Int) {
  let lines = wide.text(fitting: width).split(separator: "\n")
  let essential = "attack   robust".count
  #expect(lines.allSatisfy { $0.count <= max(width, essential) }, "\(lines)")
  #expect(Set(lines.map { $0.contains("…") }) == [false])
}

private let prose: Table = {
  var table = Table([.left("name"), .prose("what it is"), .left("reference", .least)])
  table.append(["mlp", "dense layers over the flattened image", "arXiv"])
  table.append(["a", "short", "none"])
  return table
}()

@Test func sentencesAreBrokenBetweenWordsWhenNothingIsLeftToLeaveOut() {
  #expect(
    prose.text(fitting: 24) == """
      name  what it is
      ────  ──────────────────
      mlp   dense layers over
            the flattened
            image
      a     short

      """)
  #expect(prose.layout(fitting: 24).leftOut == ["reference"])
  #expect(prose.layout(fitting: nil).leftOut == [])
  #expect(!prose.text(fitting: nil).contains("\n      "), "whole where there is room")
  #expect(prose.text(fitting: 1).contains("\n      flattened\n"), "no word is broken")
}

@Test func rowsCanBePrintedBeforeAllAreKnown() {
  let layout = Table([.left("attack", width: 8), .right("robust", width: 8)]).layout(fitting: nil)
  #expect(
    layout.header + layout.line(["FGSM", "3.05 %"]) + layout.line(["longer than foreseen", "1 %"]) == """
      attack      robust
      ────────  ────────
      FGSM        3.05 %
      longer than foreseen       1 %

      """)
}
