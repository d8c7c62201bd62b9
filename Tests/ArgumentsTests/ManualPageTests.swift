import Arguments
import Testing

/// The manual page.
@Suite struct ManualPageTests {
  private let page = Program.lab("--generate-manual").output

  @Test func everyCommandAndOptionIsThere() {
    #expect(page.hasPrefix(".TH LAB 1 \"\" \"lab "))
    for text in [".SH NAME\nlab \\- ", ".SS lab attack\n", ".SS lab convert\n", ".TP\n\\fB\\-\\-norm <norm>\\fR\n"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("\\-\\-trace"), "hidden options are not")
  }

  /// A line that begins with a point would be a request, and a backslash an escape.
  @Test func noTextIsARequest() {
    let requests: Set = [".TH", ".SH", ".SS", ".B", ".PP", ".nf", ".fi", ".TP"]
    for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(requests.contains(String(line.prefix { $0 != " " })), "\(line)")
    }
  }

  @Test(.enabled(if: Shells.path(of: "groff") != nil, "there is no groff")) func groffHasNoComplaints() throws {
    let groff = try #require(Shells.path(of: "groff"))
    // -z prints nothing but warnings, on standard error, which is joined to standard output.
    let found = try Shells.run("/bin/sh", ["-c", "\(groff) -man -Tutf8 -ww -z -K utf8 2>&1"], input: page)
    #expect(found.status == 0 && found.output.isEmpty, "\(found.output.prefix(2000))")
  }
}
