import Exchange
import Glibc
import HDF5
import Isolation
import Networks
import Testing

/// The two ends of the way between two processes, in this one.
private final class Conversation {
  private var questions: [UInt8] = []
  private(set) var answers: [UInt8] = []

  func ask(_ range: Range<Int>, then next: Range<Int> = 0..<0) {
    [range.lowerBound, range.upperBound, next.lowerBound, next.upperBound].withUnsafeBytes { questions += $0 }
  }

  var channel: ReaderChannel {
    ReaderChannel(
      write: { self.answers += $0 },
      read: { buffer in
        guard self.questions.count >= buffer.count else { return false }
        buffer.copyBytes(from: self.questions.prefix(buffer.count))
        self.questions.removeFirst(buffer.count)
        return true
      })
  }

  /// Takes bytes of the answers from their beginning.
  func take(_ buffer: UnsafeMutableRawBufferPointer) throws {
    try #require(answers.count >= buffer.count)
    buffer.copyBytes(from: answers.prefix(buffer.count))
    answers.removeFirst(buffer.count)
  }
}

@Suite struct DatasetRequestTests {
  private func file(_ pixels: [Float]) throws -> (TemporaryDirectory, String) {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/d.h5"
    try File.write(atomicallyTo: path) { root in
      try root.write("x", pixels.flatMap { [$0, 0, 0, 0] }, shape: [pixels.count, 1, 2, 2])
      try root.write("y", pixels.indices.map { Int64($0 % 2) })
    }
    return (directory, path)
  }

  /// Ranges of which some were read ahead, and some others were asked for than were said to come next; the digest comes
  /// once.
  @Test func rangesAreAnswered() throws {
    let (directory, path) = try file([0, 0.1, 0.2, 0.3, 0.4])
    defer { _ = directory }
    let talk = Conversation()
    let asked = [0..<2, 2..<4, 4..<5, 1..<3, 0..<1, 2..<3, 4..<5]
    let ahead = [2..<4, 4..<5, 0..<0, 0..<1, 3..<5, 4..<5, 0..<5]
    for (range, next) in zip(asked, ahead) { talk.ask(range, then: next) }
    try DatasetRequest(path: path, selection: DatasetSelection()).answer(through: talk.channel)
    let opening = try FlatMessage<DataForm>(limit: 1 << 20, from: talk.take)
    #expect(opening.columns == [[5]] && opening.head == DataForm(imageShape: [1, 2, 2], classCount: 2))
    let whole = try Dataset.read(from: path)
    for (index, range) in asked.enumerated() {
      let part = try Dataset(flat: FlatMessage(limit: 1 << 20, from: talk.take), file: path)
      #expect(part.images == whole.images.examples(range) && part.ids == Array(range))
      #expect((part.digest != nil) == (index == 0))
    }
    #expect(talk.answers.isEmpty)
  }

  /// A range that is read ahead and has a fault is refused when it is asked for.
  @Test func faultsAheadAreToldWhenTheirRangeIsAskedFor() throws {
    let (directory, path) = try file([0, 0.1, 7])
    defer { _ = directory }
    let request = DatasetRequest(path: path, selection: DatasetSelection())
    let first = Conversation()
    first.ask(0..<2)
    try request.answer(through: first.channel)
    let second = Conversation()
    second.ask(0..<2, then: 2..<3)
    second.ask(2..<3)
    #expect(throws: ExchangeError.self) { try request.answer(through: second.channel) }
    #expect(second.answers.count == first.answers.count)
  }

  @Test(arguments: [0..<0, 2..<9, 3..<4]) func rangesBeyondTheEndEndIt(range: Range<Int>) throws {
    let (directory, path) = try file([0, 0.1, 0.2])
    defer { _ = directory }
    let talk = Conversation()
    talk.ask(range)
    talk.ask(0..<1, then: range)
    try DatasetRequest(path: path, selection: DatasetSelection()).answer(through: talk.channel)
    _ = try FlatMessage<DataForm>(limit: 1 << 20, from: talk.take)
    #expect(talk.answers.isEmpty)
  }
}
