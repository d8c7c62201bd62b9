internal import COneDNN
internal import Glibc
internal import Networks

/// The memory that AdvLab's own kernels work on while a plan runs.
struct PlanMemory {
  /// Where the plan's buffers begin; `nil` while it is not lent.
  var base: UnsafeMutableRawPointer?
  let offsets: [Int]
  var context = TrainingContext(seed: 0, step: 0, exampleIDs: [])
  /// The examples that were loaded, which may be fewer than the plan is for. What else a kernel leaves in its output
  /// reaches no example; a training pass is loaded whole.
  var count = 0

  func address(_ buffer: Buffer) -> UnsafeMutableRawPointer {
    guard let base else { preconditionFailure("a plan that is not lent has no memory") }
    return base + offsets[buffer.index]
  }

  func floats(_ buffer: Buffer) -> UnsafeMutablePointer<Float> {
    address(buffer).assumingMemoryBound(to: Float.self)
  }

  func bytes(_ buffer: Buffer) -> UnsafeMutablePointer<UInt8> {
    address(buffer).assumingMemoryBound(to: UInt8.self)
  }

  func doubles(_ buffer: Buffer) -> UnsafeMutablePointer<Double> {
    address(buffer).assumingMemoryBound(to: Double.self)
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
  /// The model's own scalars, without factors and row-major in this layout; at most one of a step.
  case shared(SharedWeight, TensorLayout)
}

/// A step of a plan.
enum Step {
  case primitive(Primitive, [(argument: Int32, operand: Operand)])
  case kernel((borrowing PlanMemory) -> Void)
  /// Sums `count` doubles over all shards of a training batch: `total` becomes the sum of every shard's `partial`.
  case allReduce(partial: Buffer, total: Buffer, count: Int)
}

/// A network compiled for one batch size: oneDNN primitives and kernels over one arena, no allocation per run. Without an
/// arena it takes little memory.
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
  let forwardCount: Int
  var stepCount: Int { steps.count }
  var parameterGradients: [PlanVector] { vectors(gradientBuffers) }
  var batchStatistics: [PlanVector] { vectors(statisticBuffers) }

  var memory: PlanMemory
  private let arenas: ArenaPool
  private let arenaByteCount: Int
  private var arena: Arena?
  /// Whether its buffers are zero where no step writes.
  private let needsZeros: Bool
  private let gradientBuffers: [ParameterBuffer]
  private let statisticBuffers: [ParameterBuffer]
  private let steps: [BoundStep]
  private let entries: [Profile.Entry]
  private let profile: Profile?
  private let stream: Stream
  /// The memories of values, with their buffers.
  private let values: [(memory: Memory, buffer: Buffer)]
  // Keeps the C objects alive that the bound arguments point to.
  private let weights: [(StoredWeight, Memory)]

  init(_ builder: PlanBuilder, output: PlanBuilder.Output, profile: Profile?) throws {
    self.profile = profile
    entries = builder.entries
    let (offsets, byteCount) = builder.arena.place()
    memory = PlanMemory(offsets: offsets)
    (arenas, arenaByteCount, needsZeros) = (builder.arenas, byteCount, builder.needsZeros)
    (gradientBuffers, statisticBuffers) = (builder.parameterGradients, builder.batchStatistics)
    batch = builder.batch
    stream = try Stream(on: builder.engine)
    (input, logits, cotangent) = (output.input, output.logits, output.cotangent)
    (inputGradient, forwardCount) = (output.inputGradient, output.forwardCount)
    var values: [(Memory, Buffer)] = []
    var weights: [(StoredWeight, Memory)] = []
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
            memory = try Memory(value.layout, at: nil, engine: builder.engine)
            values.append((memory, value.buffer))
          case .weight(let weight):
            memory = try Memory(weight.layout, at: weight.address, engine: builder.engine)
            weights.append((weight, memory))
          case .shared(let weight, let layout):
            memory = try Memory(layout, at: nil, engine: builder.engine)
            shared = SharedOperand(weight: weight, memory: memory)
          }
          return dnnl_exec_arg_t(arg: argument, memory: memory.pointer)
        }
        return .primitive(primitive, bound, shared)
      }
    }
    self.values = values
    self.weights = weights
  }

  func takeMemory() throws {
    let arena = try arenas.take(arenaByteCount, user: self, for: "for the activations of \(batch) images on one thread")
    self.arena = arena
    guard arena.user !== self || memory.base != arena.base else { return }
    arena.user = self
    memory.base = arena.base
    for (memory, buffer) in values { try memory.move(to: self.memory.address(buffer)) }
    if needsZeros { arena.base.initializeMemory(as: UInt8.self, repeating: 0, count: arenaByteCount) }
  }

  func giveMemoryBack() {
    if let arena { arenas.giveBack(arena) }
    arena = nil
  }

  private func vectors(_ buffers: [ParameterBuffer]) -> [PlanVector] {
    buffers.map { key, buffer, shape in PlanVector(key: key, shape: shape, scalars: memory.floats(buffer)) }
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
        try shared.weight.withFloats { floats, _ in
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
