internal import COneDNN

/// oneDNN's object for the processor. All plans share one. Sendable because an engine does not change once it is made.
package final class Processor: @unchecked Sendable {
  private let handle: OneDNNObject<dnnl_engine_t>
  var pointer: dnnl_engine_t { handle.pointer }

  private init() throws {
    // With ONEDNN_VERBOSE set the library would print on standard output, between the lines of a result.
    dnnl_set_verbose(0)
    handle = OneDNNObject(
      try make("dnnl_engine_create") { dnnl_engine_create($0, dnnl_cpu, 0) }, destroy: dnnl_engine_destroy)
  }

  private static let result = Result { try Processor() }

  /// Limits oneDNN to one OpenMP thread when it is called from this thread: the parallelism is over shards, and the
  /// sums of one thread have one order. It is needed before primitives are created, too, because they keep the number
  /// of threads they were created for.
  static func useOneThread() {
    omp_set_num_threads(1)
  }

  /// The one engine.
  static func shared() throws -> Processor { try result.get() }
}

/// An in-order queue of primitives; on a processor each is done when `execute` returns. One per plan.
final class Stream {
  private let handle: OneDNNObject<dnnl_stream_t>
  var pointer: dnnl_stream_t { handle.pointer }

  init(on engine: Processor) throws {
    handle = OneDNNObject(
      try make("dnnl_stream_create") { dnnl_stream_create($0, engine.pointer, UInt32(dnnl_stream_in_order.rawValue)) },
      destroy: dnnl_stream_destroy)
  }
}

/// One argument of a primitive: a layout over memory that it does not own.
final class Memory {
  private let handle: OneDNNObject<dnnl_memory_t>
  var pointer: dnnl_memory_t { handle.pointer }

  /// - Parameters:
  ///   - layout: The order of the scalars.
  ///   - address: Where they are; `nil` where `move` is to tell.
  ///   - engine: The processor.
  /// - Throws: What oneDNN reports.
  init(_ layout: TensorLayout, at address: UnsafeMutableRawPointer?, engine: Processor) throws {
    var descriptor = layout.descriptor
    handle = OneDNNObject(
      try make("dnnl_memory_create") { dnnl_memory_create($0, &descriptor, engine.pointer, address) },
      destroy: dnnl_memory_destroy)
  }

  /// Gives the scalars another address.
  func move(to address: UnsafeMutableRawPointer) throws {
    try check("dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(pointer, address))
  }
}
