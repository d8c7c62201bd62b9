import Reports
import Testing

private func text(_ document: Document, width: Int? = nil) -> String { TerminalRenderer.text(document, width: width) }

private let heading: Facts = {
  var facts = Facts()
  facts.add("model", "digits.h5 (1,234 parameters)")
  facts.add("", "a network of the lab")
  facts.add("accuracy", .percentage(0.75))
  return facts
}()

private let table: Table = {
  var table = Table([.left("attack"), .right("robust"), .right("time", .minor)], title: "eps = 0.1")
  table.append(["FGSM", .percentage(0.412), .duration(seconds: 1.24)])
  table.append(["PGD", .missing])
  table.notes = ["invalid examples: 3"]
  return table
}()

@Test func blocksStandABlankLineApart() {
  var document = Document("attack")
  document.add(heading)
  document.add(table)
  document.remark("one")
  document.remark("two")
  document.warn("eps is tiny")
  document.warn("gradients are masked")
  #expect(
    text(document) == """
      model     digits.h5 (1,234 parameters)
                a network of the lab
      accuracy  75.00 %

      eps = 0.1
      attack   robust   time
      ──────  ───────  ─────
      FGSM    41.20 %  1.2 s
      PGD           –
      invalid examples: 3

      one
      two

      warning  eps is tiny
      warning  gradients are masked

      """)
}

@Test func blocksWithoutContentLeaveNoBlankLine() {
  var document = Document("nothing")
  document.add(Facts())
  document.add(Figure("no points", xLabel: "x", yLabel: "y", []))
  #expect(text(document) == "")
  document.add(heading)
  document.add(Facts())
  document.remark("end")
  #expect(text(document).hasSuffix("75.00 %\n\nend\n"))
}

@Test func whatIsTooWideIsBrokenBetweenWords() {
  var facts = Facts()
  facts.add("found", "images in x_test and labels in y_test")
  var document = Document("wide")
  document.add(facts)
  document.remark("every claim of the file was computed again")
  document.warn("eps is larger than the range of pixels")
  #expect(
    text(document, width: 28) == """
      found  images in x_test and
             labels in y_test

      every claim of the file was
      computed again

      warning  eps is larger than
               the range of pixels

      """)
}

@Test func omittedColumnsAreNamed() {
  var document = Document("narrow")
  document.add(table)
  document.remark("A remark.")
  document.nameOmittedColumns(shownBy: "--json shows")
  #expect(
    text(document, width: 18).hasSuffix("\n\nA remark.\n--json shows time,\ntoo.\n"), "\(text(document, width: 18))")
  #expect(text(document, width: 40).hasSuffix("\n\nA remark.\n"))
}

@Test func rowByRowIsTheSameAsAtOnce() {
  for width in [nil, 15, 80] {
    var whole = Document("rows")
    whole.add(heading)
    whole.add(table)
    var streamed = TerminalRenderer(width: width)
    var lines = streamed.text(.facts(heading))
    var head = Table(
      [.left("attack", width: 6), .right("robust", width: 7), .right("time", .minor, width: 5)], title: "eps = 0.1")
    lines += streamed.begin(head)
    for row in table.rows { lines += streamed.row(row) }
    lines += streamed.end(notes: table.notes)
    #expect(lines == text(whole, width: width))
    // Rows that are known from the start stand below the header.
    head.append(table.rows[0])
    #expect(streamed.begin(head).hasSuffix(streamed.row(table.rows[0])))
  }
}

@Test func aTableCanStandWithoutARule() {
  var table = Table([.right("epoch", width: 6)], isRuled: false)
  table.append([.count(1)])
  #expect(table.description == " epoch\n     1\n")
}

@Test func aFigureIsBarsOnOneScale() {
  var document = Document("figure")
  document.add(
    Figure(
      "Robust accuracy", xLabel: "eps", yLabel: "accuracy",
      [
        .init("PGD", [.init(x: 0.2, y: 0), .init(x: 0, y: 1), .init(x: 0.1, y: 0.5)]),
        .init("FGSM", [.init(x: 0, y: 1), .init(x: 0.1, y: .nan), .init(x: 0.2, y: 0.99)]),
      ]))
  #expect(
    text(document) == """
      Robust accuracy
      PGD   █▅▁  1 to 0
      FGSM  █ █  1 to 0.99
      accuracy over eps, 0 to 0.2

      """)
}
