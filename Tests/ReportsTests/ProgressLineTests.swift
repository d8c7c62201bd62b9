import Reports
import Synchronization
import Testing

/// A clock that stands still until it is moved, and everything that was written.
private final class Recorder: Sendable {
  private let time = Mutex(0.0)
  private let text = Mutex("")

  var written: String { text.withLock { $0 } }

  func wait(_ seconds: Double) { time.withLock { $0 += seconds } }

  func progress(_ display: ProgressLine.Display, total: Int? = 100) -> ProgressLine {
    ProgressLine(
      "PGD", total: total, unit: "examples", display: display, now: { self.time.withLock { $0 } },
      output: { text in self.text.withLock { $0 += text } })
  }
}

private let plain = Terminal(isInteractive: true, usesColor: false, width: 80)

@Test func onATerminalTheLineIsDrawnOverAndCleared() {
  let recorder = Recorder()
  let progress = recorder.progress(.line(plain))
  recorder.wait(2)
  progress.advance(by: 50)
  #expect(recorder.written == "\rPGD  50 of 100 examples (50 %)  25 examples/s  2.0 s left\u{1B}[K")
  progress.finish()
  #expect(recorder.written.hasSuffix("left\u{1B}[K\r\u{1B}[K"))
  let end = recorder.written
  recorder.wait(2)
  progress.advance()
  progress.finish()
  #expect(recorder.written == end)
}

@Test func redrawsAreLimitedToTenASecond() {
  let recorder = Recorder()
  let progress = recorder.progress(.line(plain))
  for _ in 0..<100 {
    recorder.wait(0.01)
    progress.advance()
  }
  let redraws = recorder.written.count { $0 == "\r" }
  // One per tenth of the one second; the sums of hundredths may fall on either side of the last.
  #expect((9...10).contains(redraws), "\(redraws) redraws")
}

@Test func elsewhereThereIsOneLineAMinute() {
  let recorder = Recorder()
  let progress = recorder.progress(.log)
  for _ in 0..<3 * 60 {
    recorder.wait(1)
    progress.advance(note: "loss 0.5")
  }
  progress.finish()
  let lines = recorder.written.split(separator: "\n")
  #expect(lines.count == 3)
  #expect(lines.first == "PGD  60 of 100 examples (60 %)  1.0 examples/s  40.0 s left  loss 0.5")
  #expect(!recorder.written.contains("\u{1B}"))
}

@Test func quietMeansNothingAtAll() {
  let recorder = Recorder()
  let progress = recorder.progress(.none)
  recorder.wait(1000)
  progress.advance()
  progress.finish()
  #expect(recorder.written.isEmpty)
  #expect(ProgressLine.Display.standardError(quiet: true) == .none)
}

@Test func theLineFitsTheTerminalAndTakesColourOnlyWhereWelcome() {
  let recorder = Recorder()
  let progress = recorder.progress(.line(Terminal(isInteractive: true, usesColor: true, width: 20)), total: nil)
  recorder.wait(1)
  progress.advance()
  #expect(recorder.written == "\r\u{1B}[2mPGD  1 examples\u{1B}[0m\u{1B}[K")
}

/// Whatever is left out, the time that is left stays.
@Test(arguments: [
  (100, "PGD, eps 0.1  50 of 100 examples (50 %)  25 examples/s  6.0 s left  loss 0.5"),
  (70, "PGD, eps 0.1  50 of 100 examples (50 %)  25 examples/s  6.0 s left"),
  (60, "PGD, eps 0.1  50 of 100 examples (50 %)  6.0 s left"),
  (30, "PGD, eps 0.1  6.0 s left"),
  (21, "PGD, ep…  6.0 s left"),
  (10, "PGD, eps…"),
]) func theTimeThatIsLeftStays(width: Int, line: String) {
  let recorder = Recorder()
  let progress = recorder.progress(.line(Terminal(isInteractive: true, usesColor: false, width: width)))
  progress.begin("PGD, eps 0.1")
  recorder.wait(2)
  // Half of the examples, but a quarter of the work.
  progress.advance(by: 50, share: 0.25, note: "loss 0.5")
  #expect(recorder.written == "\r\(line)\u{1B}[K")
}

@Test func aLineInBetweenClearsTheProgressFirst() {
  let recorder = Recorder()
  let progress = recorder.progress(.line(plain))
  recorder.wait(1)
  progress.advance()
  let before = recorder.written
  let during = progress.interrupted { recorder.written }
  #expect(during == before + "\r\u{1B}[K")
}

@Test func reportsFromManyThreadsAreAllCounted() async {
  let recorder = Recorder()
  let progress = recorder.progress(.log, total: 8000)
  await withTaskGroup(of: Void.self) { group in
    for _ in 0..<8 {
      group.addTask { for _ in 0..<999 { progress.advance() } }
    }
  }
  recorder.wait(60)
  progress.advance(by: 8)
  #expect(recorder.written.contains("8,000 of 8,000 examples (100 %)"))
  #expect(!recorder.written.contains("left"))
}
