internal import Arguments
internal import Glibc
internal import Networks
internal import Synchronization

#if MPI
  internal import CKernels
  internal import Distribution
#endif

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The processes of this run, and the cores of this one.
private let current = Mutex<(ranks: any Ranks, coreCount: Int?)>((OneRank(), nil))

/// A command that several processes may run together.
protocol SharedCommand: Command {}

/// The start of the program by a launcher of processes: `mpirun`, or `srun` with PMIx.
enum Launch {
  /// The processes that work on this run.
  static var ranks: any Ranks { current.withLock { $0.ranks } }

  /// The cores that this process has for itself.
  static var coreCount: Int { current.withLock { $0.coreCount } ?? ProcessInfo.processInfo.activeProcessorCount }

  /// How many processes the launcher started; 1 where there is none.
  private static var processCount: Int {
    let names = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] + (number("PMIX_RANK") == nil ? [] : ["SLURM_STEP_NUM_TASKS"])
    return names.compactMap(number).first ?? 1
  }

  /// The number of this one.
  private static var ownNumber: Int {
    ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"].compactMap(number).first ?? 0
  }

  private static func number(_ variable: String) -> Int? {
    getenv(variable).flatMap { Int(String(cString: $0)) }
  }

  /// Runs the program, together with the other processes where there are others.
  ///
  /// - Parameters:
  ///   - arguments: The words of the command line.
  ///   - body: Runs what they stand for.
  /// - Returns: The exit code.
  static func run(_ arguments: [String], _ body: () -> Int32) -> Int32 {
    // A process that reads a file for another one belongs to that one.
    guard processCount > 1, arguments.first != ReadUntrustedCommand.configuration.commandName else { return body() }
    #if MPI
      do {
        return try runTogether(arguments, body)
      } catch {
        StandardStream.error.write("Error: \(error)\n")
        return ExitCode.failure.rawValue
      }
    #else
      return refuse(
        "this program was started \(processCount) times at once, but built to run alone: build it with "
          + "'swift build -c release --traits MPI' to share the work, or start it once")
    #endif
  }

  /// Refuses to run: one process says so. The others wait, because the launcher ends all once one has ended.
  private static func refuse(_ reason: String) -> Int32 {
    if ownNumber == 0 { StandardStream.error.write("Error: \(reason)\n") } else { usleep(500_000) }
    return ExitCode.usage.rawValue
  }
}

#if MPI
  extension Launch {
    /// How many seconds a process that has failed waits for the others to fail, too.
    private static let patience = 2.0

    private static func runTogether(_ arguments: [String], _ body: () -> Int32) throws -> Int32 {
      let ranks = try MPIRanks()
      guard ranks.count == processCount else {
        return refuse(
          "the launcher started \(processCount) processes, but MPI knows of \(ranks.count): use the launcher of the MPI "
            + "library that the program was built with (with Slurm: srun --mpi=pmix)")
      }
      let coreCount = try coreCount(sharedBy: ranks)
      current.withLock { $0 = (ranks, coreCount) }
      if !ranks.isFirst { StandardStream.holdBack() }
      if let name = arguments.first, let refusal = refusal(ofCommand: name) {
        StandardStream.error.write("Error: \(refusal)\n")
        return end(ranks, ExitCode.usage.rawValue)
      }
      return end(ranks, body())
    }

    /// Ends the run of this process; that of all where it has failed and the others have not.
    private static func end(_ ranks: MPIRanks, _ code: Int32) -> Int32 {
      let codes = ranks.end(code: code, patience: patience)
      if code != 0, !ranks.isFirst, codes == nil || codes?[0] == 0 {
        let message = StandardStream.release()
        StandardStream.error.write("Process \(ranks.own) of \(ranks.count): \(message)")
      }
      if codes == nil { ranks.abort(code: code) }
      return code
    }

    /// Why a command may not be run by several processes; nil for one that may, and where no command is named.
    private static func refusal(ofCommand name: String) -> String? {
      let commands = AdvLab.configuration.subcommands
      let shared = commands.filter { $0 is any SharedCommand.Type }.compactMap { $0.configuration.commandName }
      guard commands.contains(where: { $0.configuration.commandName == name }), !shared.contains(name) else {
        return nil
      }
      return "'\(name)' runs in one process; several share the work of \(shared.joined(separator: ", "))"
    }

    /// The cores that a process may use, divided by the processes that may use the same ones.
    private static func coreCount(sharedBy ranks: MPIRanks) throws -> Int {
      var bits = [UInt8](repeating: 0, count: 128)
      // Without an answer there is none to be divided.
      _ = advlab_processors(&bits)
      var name = [CChar](repeating: 0, count: 256)
      gethostname(&name, name.count - 1)
      let place = name.map(UInt8.init(bitPattern:)) + bits
      let sharing = try ranks.gather(place).count { $0 == place }
      return max(1, bits.reduce(0) { $0 + $1.nonzeroBitCount } / max(1, sharing))
    }
  }
#endif
