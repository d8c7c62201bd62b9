import CHDF5

/// A read of stored numbers of any kind as one Swift type. The library converts byte orders and widths, but saturates
/// what does not fit without an error, so whatever may not fit is read as a wider type and checked here.
struct NumberReading<Value: Number> {
  /// Receives a memory type and where to put elements of that type.
  typealias Transfer = (_ memoryType: hid_t, _ destination: UnsafeMutableRawPointer) -> herr_t

  private enum Route {
    case direct
    case signed
    case unsigned
    case real
    case bfloat16
  }

  let location: Location
  private let route: Route

  /// Decides how to read, or refuses what is not a number.
  init(of stored: ElementType, at location: Location) throws(HDF5Error) {
    self.location = location
    let wanted = Value.elementType
    switch (wanted, stored) {
    case (.integer(let bits, _), _), (.float(let bits), _):
      guard bits == MemoryLayout<Value>.stride * 8, wanted.memoryType >= 0 else {
        throw location.error("\(Value.self) is no type the HDF5 library can fill")
      }
    case (.bfloat16, _), (.boolean, _), (.string, _), (.other, _):
      throw location.error("\(Value.self) is no type the HDF5 library can fill")
    }
    route = try Self.route(from: stored, to: wanted, at: location)
  }

  private static func route(
    from stored: ElementType, to wanted: ElementType, at location: Location
  ) throws(HDF5Error) -> Route {
    switch (stored, wanted) {
    case (.string, _), (.other, _): throw location.error("expected numbers, found \(stored)")
    case (.integer(let bits, _), _) where bits > 64: throw location.error("expected at most 64 bits, found \(stored)")
    case (.bfloat16, _): return .bfloat16
    case (.boolean, _), (_, .float): return .direct
    case (.float, _): return .real
    case (.integer(let bits, let signed), .integer(let width, let wantsSign)):
      let fits = signed == wantsSign ? bits <= width : !signed && bits < width
      return fits ? .direct : signed ? .signed : .unsigned
    case (.integer, _): return .direct
    }
  }

  /// Bytes of memory taken for each element while reading.
  var bytesPerElement: Int {
    route == .direct ? MemoryLayout<Value>.stride : MemoryLayout<Value>.stride + 8
  }

  /// Fills a buffer that is not empty. Call inside the lock.
  func fill(_ buffer: UnsafeMutableBufferPointer<Value>, _ transfer: Transfer) throws(HDF5Error) {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
    switch route {
    case .direct:
      try location.check(transfer(Value.elementType.memoryType, base))
    case .signed:
      try narrow(from: Int64.self, into: buffer, transfer) { Value(exactly: $0) }
    case .unsigned:
      try narrow(from: UInt64.self, into: buffer, transfer) { Value(exactly: $0) }
    case .real:
      try narrow(from: Double.self, into: buffer, transfer) { Int64(exactly: $0).flatMap { Value(exactly: $0) } }
    case .bfloat16: try widen(into: buffer, transfer)
    }
  }

  /// The library moves the bytes; they are the upper ones of a number of single precision.
  private func widen(into buffer: UnsafeMutableBufferPointer<Value>, _ transfer: Transfer) throws(HDF5Error) {
    let type = try location.own(H5Tcreate(H5T_OPAQUE, MemoryLayout<UInt16>.size), H5Tclose)
    let halves = try array(of: UInt16.self, count: buffer.count) { (destination) throws(HDF5Error) in
      try location.check(transfer(type.id, destination))
    }
    for index in halves.indices {
      let number = Float(bitPattern: UInt32(UInt16(littleEndian: halves[index])) << 16)
      let whole = Int64(exactly: number).flatMap { Value(exactly: $0) }
      guard let value = number as? Value ?? Double(number) as? Value ?? whole else {
        throw location.error("expected \(Value.elementType), found \(number) at element \(index)")
      }
      buffer[index] = value
    }
  }

  private func narrow<Wide: Number>(
    from type: Wide.Type, into buffer: UnsafeMutableBufferPointer<Value>, _ transfer: Transfer,
    _ convert: (Wide) -> Value?
  ) throws(HDF5Error) {
    let wide = try array(of: Wide.self, count: buffer.count) { (destination) throws(HDF5Error) in
      try location.check(transfer(Wide.elementType.memoryType, destination))
    }
    for index in wide.indices {
      guard let value = convert(wide[index]) else {
        throw location.error("expected \(Value.elementType), found \(wide[index]) at element \(index)")
      }
      buffer[index] = value
    }
  }

  /// The elements as an array.
  func values(count: Int, _ transfer: Transfer) throws(HDF5Error) -> [Value] {
    try array(of: Value.self, count: count) { (destination) throws(HDF5Error) in
      try fill(UnsafeMutableBufferPointer(start: destination, count: count), transfer)
    }
  }
}

/// An array whose memory `fill` initialises entirely; empty without calling it where `count` is 0.
func array<Value: BitwiseCopyable>(
  of type: Value.Type, count: Int, _ fill: (UnsafeMutablePointer<Value>) throws(HDF5Error) -> Void
) throws(HDF5Error) -> [Value] {
  var failure: HDF5Error?
  let values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
    guard count > 0, let base = buffer.baseAddress else { return }
    do throws(HDF5Error) {
      try fill(base)
      initialized = count
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  return values
}
