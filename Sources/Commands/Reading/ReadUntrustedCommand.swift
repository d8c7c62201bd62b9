internal import Arguments
internal import Exchange
internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// `advlab read-untrusted`: the process in which a file is read that nobody vouches for. Not for people: see `Reader`.
struct ReadUntrustedCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "read-untrusted",
    abstract: "Read a file for another process and print what it holds.",
    isHidden: true)

  init() {}

  @Argument(help: "What to read, in JSON.") var request: String

  func run() throws {
    guard let request = try? JSONDecoder().decode(ReadRequest.self, from: Data(request.utf8)) else {
      throw ValidationError("The request is not one that advlab makes.")
    }
    switch request {
    case .model(let request):
      let (model, notes) = try request.readExpected()
      try model.flat(notes: notes).write(to: write)
    case .dataset(let path, let selection): try Dataset.readExpected(path, selection).flat.write(to: write)
    case .adversarialSet(let path): try AdversarialSet.readExpected(path).flat.write(to: write)
    case .checkpoint(let path): try CheckpointFile.readExpected(path).flat.write(to: write)
    case .summary(let path, let json): try StandardOutput.print(FileInspection(path).text(json: json))
    case .proposal(let path): try StandardOutput.print(ProposedChain.architecture(for: path))
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw UnwritableOutput(description: "cannot write to standard output") }
      rest = rest.dropFirst(count)
    }
  }
}
