package import Isolation
import Networks

/// A dataset whose examples are asked for a range at a time.
///
/// The first answer is the number of examples and their form. Then each question is a range and the one that will be asked
/// for next, empty where that is not known: four 64-bit integers. The answer is the examples in the first, and where nothing
/// was asked before the digest. While the process that asks is at work on them, the next range is read.
package struct DatasetRequest: ReaderRequest {
  package static let name = "dataset"
  package let path: String
  /// How it is understood.
  package let selection: DatasetSelection

  /// Asks for a dataset.
  package init(path: String, selection: DatasetSelection) { (self.path, self.selection) = (path, selection) }

  package var byteCount: Int { ReadBytes.count(of: [path] + (selection.labelsFile.map { [$0] } ?? [])) }

  /// Opens the dataset in this process.
  ///
  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  package func open() throws(ExchangeError) -> OpenDataset {
    // Adversarial examples hold two sets of images: which one is meant has to be said.
    if selection.imagesKey == nil, let found = FileFormat(ofFile: path), found != .dataset {
      throw ExchangeError(file: path, expected: FileFormat.dataset.title, found: found.title)
    }
    return try OpenDataset(path, selection)
  }

  package func answer(through channel: ReaderChannel) throws {
    let dataset = try open()
    try FlatMessage(head: dataset.form, columns: [[dataset.count]]).write(to: channel.write)
    var isFirst = true
    var ahead: (range: Range<Int>, examples: Result<Dataset, any Error>)?
    while let (range, next) = try Self.question(of: dataset.count, channel) {
      let examples = ahead?.range == range ? ahead?.examples : nil
      ahead = nil
      var answer = try (examples ?? Result { try dataset.examples(range) }).get()
      // It may be of as many files as there are examples.
      if !isFirst { answer.digest = nil }
      isFirst = false
      try answer.flat.write(to: channel.write)
      // An error is told when the range is asked for.
      if !next.isEmpty { ahead = (next, Result { try dataset.examples(next) }) }
    }
  }

  /// The next question; nil where no more is asked.
  private static func question(
    of count: Int, _ channel: ReaderChannel
  ) throws -> (range: Range<Int>, next: Range<Int>)? {
    var ends = [0, 0, 0, 0]
    guard try ends.withUnsafeMutableBytes(channel.read), ends[0] < ends[1], ends[2] <= ends[3],
      ends.allSatisfy({ (0...count).contains($0) })
    else { return nil }
    return (ends[0]..<ends[1], ends[2]..<ends[3])
  }
}
