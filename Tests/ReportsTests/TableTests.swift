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
