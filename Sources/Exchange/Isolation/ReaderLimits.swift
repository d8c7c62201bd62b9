/// What a process that reads a file may use: enough for any real file of that size, too little to harm the machine.
public struct ReaderLimits: Hashable, Sendable {
  /// Bytes of address space, the program itself included (some 90 MB).
  public var memory: Int
  /// Seconds of processor time.
  public var processorTime: Int

  /// Seconds on the clock, for a process that waits for what never comes.
  public var wallTime: Int

  /// Sets limits; ten times the processor time on the clock, for a machine that has much else to do.
  public init(memory: Int, processorTime: Int) {
    self.memory = memory
    self.processorTime = processorTime
    wallTime = 10 * processorTime
  }

  /// The limits for a file or directory of that many bytes: compressed pixels of one byte, which become scalars of four
  /// and are copied on the way, grow by some twenty; digest and decompression take some 100 MB a second.
  public init(fileBytes: Int) {
    let size = max(0, min(fileBytes, 1 << 40))
    self.init(memory: 1 << 30 + size * 32, processorTime: 20 + size >> 22)
  }

  /// The line of the shell that puts itself under the limits and then becomes the program `$0`. A crash that was expected
  /// leaves no file of a gigabyte behind.
  var line: String {
    "ulimit -c 0 && ulimit -t \(processorTime) && ulimit -v \(memory >> 10) && exec \"$0\" \"$@\""
  }
}
