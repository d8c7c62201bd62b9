#if MPI
  internal import CMPI
  internal import Glibc

  /// A communicator of all processes.
  struct Communicator: ~Copyable {
    private let handle: MPI_Comm

    private init(_ handle: MPI_Comm) { self.handle = handle }

    /// Makes one that is apart from all others.
    static func make() throws -> Communicator {
      var handle = advlab_mpi_no_communicator()
      try check(MPI_Comm_dup(advlab_mpi_world(), &handle), "MPI_Comm_dup")
      guard let handle else { throw MPIError(call: "MPI_Comm_dup", message: "no communicator") }
      try check(MPI_Comm_set_errhandler(handle, advlab_mpi_errors_return()), "MPI_Comm_set_errhandler")
      return Communicator(handle)
    }

    deinit {
      var (isOver, handle): (Int32, MPI_Comm?) = (0, self.handle)
      MPI_Finalized(&isOver)
      if isOver == 0 { MPI_Comm_free(&handle) }
    }

    func rank() throws -> Int {
      var rank: Int32 = 0
      try check(MPI_Comm_rank(handle, &rank), "MPI_Comm_rank")
      return Int(rank)
    }

    func count() throws -> Int {
      var count: Int32 = 0
      try check(MPI_Comm_size(handle, &count), "MPI_Comm_size")
      return Int(count)
    }

    /// One number of every rank.
    func gather(_ number: Int64) throws -> [Int64] {
      let type = advlab_mpi_int64()
      var numbers = [Int64](repeating: 0, count: try count())
      try withUnsafePointer(to: number) {
        try check(MPI_Allgather($0, 1, type, &numbers, 1, type, handle), "MPI_Allgather")
      }
      return numbers
    }

    /// One number of every rank for this one.
    func exchange(_ numbers: [Int64]) throws -> [Int64] {
      let type = advlab_mpi_int64()
      var received = [Int64](repeating: 0, count: numbers.count)
      try check(MPI_Alltoall(numbers, 1, type, &received, 1, type, handle), "MPI_Alltoall")
      return received
    }

    /// The bytes of every rank, `sizes` of them.
    func gather(_ bytes: ArraySlice<UInt8>, _ sizes: [Int]) throws -> [[UInt8]] {
      let places = Places(sizes)
      var all = [UInt8](repeating: 0, count: places.total)
      try bytes.withUnsafeBytes { bytes in
        try check(
          MPI_Allgatherv(
            bytes.baseAddress, Int32(bytes.count), advlab_mpi_byte(), &all, places.sizes, places.starts,
            advlab_mpi_byte(), handle), "MPI_Allgatherv")
      }
      return places.parts(of: all)
    }

    /// The bytes of every rank for this one, `sizes` of them.
    func exchange(_ parts: [ArraySlice<UInt8>], _ sizes: [Int]) throws -> [[UInt8]] {
      let (there, here) = (Places(parts.map(\.count)), Places(sizes))
      let sent = Array(parts.joined())
      var received = [UInt8](repeating: 0, count: here.total)
      try check(
        MPI_Alltoallv(
          sent, there.sizes, there.starts, advlab_mpi_byte(), &received, here.sizes, here.starts, advlab_mpi_byte(),
          handle), "MPI_Alltoallv")
      return here.parts(of: received)
    }

    /// One number of every rank; nil where they do not all come within some seconds.
    func gather(_ number: Int32, within seconds: Double) -> [Int32]? {
      guard let count = try? count() else { return nil }
      let numbers = UnsafeMutablePointer<Int32>.allocate(capacity: count + 1)
      var (request, isDone): (MPI_Request?, Int32) = (advlab_mpi_no_request(), 0)
      numbers[count] = number
      let code = MPI_Iallgather(numbers + count, 4, advlab_mpi_byte(), numbers, 4, advlab_mpi_byte(), handle, &request)
      guard code == MPI_SUCCESS else { return nil }
      let start = ContinuousClock.now
      while true {
        guard MPI_Test(&request, &isDone, advlab_mpi_no_status()) == MPI_SUCCESS else { return nil }
        if isDone != 0 {
          defer { numbers.deallocate() }
          return Array(UnsafeBufferPointer(start: numbers, count: count))
        }
        // The memory is left to the message that is still under way.
        guard (ContinuousClock.now - start) / .seconds(1) < seconds else { return nil }
        usleep(1000)
      }
    }
  }

  /// Where the parts of a message begin.
  private struct Places {
    let sizes: [Int32]
    let starts: [Int32]
    let total: Int

    /// All sizes together are at most `Int32.max`: `MPIRanks` sees to it.
    init(_ sizes: [Int]) {
      self.sizes = sizes.map { Int32($0) }
      var starts: [Int32] = []
      var total = 0
      for size in sizes {
        starts.append(Int32(total))
        total += size
      }
      (self.starts, self.total) = (starts, total)
    }

    func parts(of bytes: [UInt8]) -> [[UInt8]] {
      zip(starts, sizes).map { start, size in Array(bytes[Int(start)..<Int(start + size)]) }
    }
  }

  /// A failed call of MPI.
  public struct MPIError: Error, Hashable, CustomStringConvertible {
    /// The function.
    public let call: String
    /// What MPI says.
    public let message: String

    /// Both.
    public var description: String { "MPI: \(call): \(message)" }
  }

  /// Throws what MPI says of a code that is not success.
  func check(_ code: Int32, _ call: String) throws(MPIError) {
    guard code != MPI_SUCCESS else { return }
    var length: Int32 = 0
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING))
    MPI_Error_string(code, &text, &length)
    let bytes = text.prefix(Int(max(length, 0))).map(UInt8.init(bitPattern:))
    throw MPIError(call: call, message: String(decoding: bytes, as: UTF8.self))
  }
#endif
