internal import COneDNN
internal import Glibc
internal import Networks

/// The memory that AdvLab's own kernels work on while a plan runs.
struct PlanMemory {
  let base: UnsafeMutableRawPointer
  let offsets: [Int]
  var context = TrainingContext(seed: 0, step: 0, exampleIDs: [])
  /// The examples that were loaded, which may be fewer than the plan is for. What else a kernel leaves in its output
  /// reaches no example; a training pass is loaded whole.
  var count = 0

  func floats(_ buffer: Buffer) -> UnsafeMutablePointer<Float> {
    (base + offsets[buffer.index]).assumingMemoryBound(to: Float.self)
  }

  func bytes(_ buffer: Buffer) -> UnsafeMutablePointer<UInt8> {
    (base + offsets[buffer.index]).assumingMemoryBound(to: UInt8.self)
  }

  func doubles(_ buffer: Buffer) -> UnsafeMutablePointer<Double> {
    (base + offsets[buffer.index]).assumingMemoryBound(to: Double.self)
  }
}

/// A buffer and the layout of its scalars.
struct Value {
  let buffer: Buffer
  let layout: TensorLayout
}

/// What a primitive reads or writes.
enum Operand {
  case value(Value)
  case weight(StoredWeight)
  /// The model's own scalars, row-major in this layout; at most one of a step.
  case shared(SharedWeight, TensorLayout)
}

/// A step of a plan.
enum Step {
  case primitive(Primitive, [(argument: Int32, operand: Operand)])
  case kernel((borrowing PlanMemory) -> Void)
  /// Sums `count` doubles over all shards of a training batch: `total` becomes the sum of every shard's `partial`.
  case allReduce(partial: Buffer, total: Buffer, count: Int)
}

/// A network compiled for one batch size: oneDNN primitives and kernels over one arena, no allocation per run.
///
/// Sendable because one thread at a time uses it: `PlanPool` lends it.
final class Plan: ExecutablePlan, @unchecked Sendable {
  private enum BoundStep {
    case primitive(Primitive, [dnnl_exec_arg_t], SharedOperand?)
    case kernel((borrowing PlanMemory) -> Void)
    case allReduce(partial: Buffer, total: Buffer, count: Int)
  }

  /// A weight whose address is known only while a step runs.
  private struct SharedOperand {
    let weight: SharedWeight
    let memory: Memory
  }

  let batch: Int
  let input: Buffer
  let logits: Value
  /// Where the caller puts the gradient at the logits.
  let cotangent: Buffer?
  let inputGradient: Buffer?
  let parameterGradients: [PlanVector]
  let batchStatistics: [PlanVector]
  let forwardCount: Int
  var stepCount: Int { steps.count }
  let arenaByteCount: Int

  var memory: PlanMemory
  private let steps: [BoundStep]
  private let entries: [Profile.Entry]
  private let profile: Profile?
  private let stream: Stream
  // Keeps the C objects alive that the bound arguments point to.
  private let memories: [Memory]
  private let weights: [StoredWeight]

  init(_ builder: PlanBuilder, output: PlanBuilder.Output, profile: Profile?) throws {
    self.profile = profile
    entries = builder.entries
    let (offsets, byteCount) = builder.arena.place()
    let base = try Self.arena(byteCount, batch: builder.batch)
    memory = PlanMemory(base: base, offsets: offsets)
    arenaByteCount = byteCount
    batch = builder.batch
    stream = try Stream(on: builder.engine)
    (input, logits, cotangent) = (output.input, output.logits, output.cotangent)
    (inputGradient, forwardCount) = (output.inputGradient, output.forwardCount)
    let memory = memory
    parameterGradients = builder.parameterGradients.map { key, buffer, shape in
      PlanVector(key: key, shape: shape, scalars: memory.floats(buffer))
    }
    batchStatistics = builder.batchStatistics.map { key, buffer, shape in
      PlanVector(key: key, shape: shape, scalars: memory.floats(buffer))
    }
    var memories: [Memory] = []
    var weights: [StoredWeight] = []
    steps = try builder.steps.map { step in
      switch step {
      case .kernel(let body): return .kernel(body)
      case .allReduce(let partial, let total, let count):
        return .allReduce(partial: partial, total: total, count: count)
      case .primitive(let primitive, let arguments):
        var shared: SharedOperand?
        let bound = try arguments.map { argument, operand in
          let memory: Memory
          switch operand {
          case .value(let value):
            memory = try Memory(value.layout, at: base + offsets[value.buffer.index], engine: builder.engine)
          case .weight(let weight):
            memory = try Memory(weight.layout, at: weight.address, engine: builder.engine)
            weights.append(weight)
          case .shared(let weight, let layout):
            memory = try Memory(layout, at: base, engine: builder.engine)
            shared = SharedOperand(weight: weight, memory: memory)
          }
          memories.append(memory)
          return dnnl_exec_arg_t(arg: argument, memory: memory.pointer)
        }
        return .primitive(primitive, bound, shared)
      }
    }
    self.memories = memories
    self.weights = weights
  }

  /// Zeroed memory. A small arena is not checked, because looking up the free memory takes time.
  private static func arena(_ byteCount: Int, batch: Int) throws -> UnsafeMutableRawPointer {
    let what = "for the activations of \(batch) images on one thread"
    if byteCount > 64 << 20 { try MemoryLimit.check(byteCount, for: what) }
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, 64, byteCount) == 0, let pointer else {
      throw NetworkError(
        node: "", expected: "a network that fits into memory",
        found: "one that needs \(MemoryLimit.text(byteCount)) \(what)")
    }
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return pointer
  }

  deinit {
    free(memory.base)
  }

  func setContext(_ context: TrainingContext) {
    memory.context = context
  }

  var reductions: [Int] { steps.indices.filter { reduction(at: $0) != nil } }

  func run(_ range: Range<Int>) throws -> Int {
    Processor.useOneThread()
    for index in range {
      let start = profile == nil ? 0 : monotonicNanoseconds()
      switch steps[index] {
      case .primitive(let primitive, let arguments, nil): try primitive.execute(on: stream, arguments: arguments)
      case .primitive(let primitive, let arguments, let shared?):
        try shared.weight.withFloats { floats in
          // oneDNN takes sources as mutable, too; it only reads them.
          try shared.memory.move(to: UnsafeMutableRawPointer(mutating: floats))
          try primitive.execute(on: stream, arguments: arguments)
        }
      case .kernel(let body): body(memory)
      case .allReduce: return index
      }
      profile?.add(monotonicNanoseconds() - start, to: entries[index])
    }
    return range.upperBound
  }

  func reduction(at index: Int) -> ShardReduction? {
    guard case .allReduce(let partial, let total, let count) = steps[index] else { return nil }
    return ShardReduction(partial: memory.doubles(partial), total: memory.doubles(total), count: count)
  }
}

private func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
