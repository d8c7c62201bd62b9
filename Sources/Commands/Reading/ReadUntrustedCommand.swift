internal import Arguments
internal import CKernels
internal import Exchange
internal import Isolation

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

  @Argument(help: "The kind of request.") var kind: String
  @Argument(help: "What to read, in JSON.") var request: String
  @Option(help: "The most bytes of address space.") var memory: Int
  @Option(help: "The most seconds of processor time.") var seconds: Int
  @Option(help: "The process that asks, and that this one ends with.") var parent: Int

  func run() throws {
    advlab_end_with_parent(Int32(clamping: parent))
    InterruptSignal.leaveToParent()
    try ReaderLimits(memory: memory, processorTime: seconds).apply()
    guard let type = Self.requests.first(where: { $0.name == kind }),
      let request = try? JSONDecoder().decode(type, from: Data(self.request.utf8))
    else { throw ValidationError("The request is not in the form in which advlab sends it.") }
    try request.answer(through: ReaderChannel(write: write, read: { StandardStream.readInput(into: $0) }))
  }

  /// Everything that one process asks another to read.
  private static let requests: [any ReaderRequest.Type] = [
    ModelRequest.self, ArchitectureRequest.self, DatasetRequest.self, AdversarialSetRequest.self,
    CheckpointRequest.self, MarkRequest.self, ProposalRequest.self, SummaryRequest.self,
  ]

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard StandardStream.output.write(bytes) else {
      throw UnwritableOutput(description: "cannot write to standard output")
    }
  }
}
