internal import Arguments
internal import CKernels
internal import Exchange

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// `advlab read-untrusted`: the process in which an untrusted file is read. Started by `Reader`, not by users.
struct ReadUntrustedCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "read-untrusted",
    abstract: "Read a file for another process and print what it holds.",
    isHidden: true)

  init() {}

  @Argument(help: "What to read, in JSON.") var request: String
  @Option(help: "The most bytes of address space.") var memory: Int
  @Option(help: "The most seconds of processor time.") var seconds: Int
  @Option(help: "The process that asks, and that this one ends with.") var parent: Int

  func run() throws {
    advlab_end_with_parent(Int32(clamping: parent))
    InterruptSignal.leaveToParent()
    try ReaderLimits(memory: memory, processorTime: seconds).apply()
    guard let request = try? JSONDecoder().decode(ReadRequest.self, from: Data(request.utf8)) else {
      throw ValidationError("The request is not in the form in which advlab sends it.")
    }
    switch request {
    case .model(let request):
      let (model, notes) = try request.read()
      try model.flat(notes: notes).write(to: write)
    case .architecture(let path):
      try FlatMessage(head: try ArchitectureHead(path)).write(to: write)
    case .dataset(let path, let selection): try Dataset.readExpected(path, selection).flat.write(to: write)
    case .adversarialSet(let path): try AdversarialSet.readExpected(path).flat.write(to: write)
    case .checkpoint(let path): try CheckpointFile.readExpected(path).flat.write(to: write)
    case .mark(let path): try StandardOutput.print(FileFormat(ofFile: path)?.rawValue ?? "")
    case .summary(let path, let json, let width):
      try StandardOutput.print(FileInspection(path).text(json: json, width: width))
    case .proposal(let path): try StandardOutput.print(ProposedChain.architecture(for: path))
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard StandardStream.output.write(bytes) else {
      throw UnwritableOutput(description: "cannot write to standard output")
    }
  }
}
