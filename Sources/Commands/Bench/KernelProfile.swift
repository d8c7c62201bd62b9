internal import Compute
internal import Networks

/// The time of one kind of step in a run.
struct KernelTime: Codable {
  let node: String
  /// `forward`, or `backward` from the loss.
  let direction: String
  let kernel: String
  /// The time that all threads spent in it over the number of threads, so that it can be compared with that of the run.
  let seconds: Double
  /// The share of the time of the run.
  let share: Double
  /// The arithmetic of the node in that direction over its time; null for kernels without any.
  let gflops: JSONNumber
}

/// Where the time of one run went.
struct KernelProfile {
  /// The kinds of step, those that took longest first.
  let times: [KernelTime]
  let kernelSeconds: Double
  /// The time between the kernels, and of threads that were idle.
  let outsideSeconds: Double

  /// - Parameters:
  ///   - profile: The times that the run recorded.
  ///   - seconds: The time of the run.
  ///   - inputs: What was run.
  ///   - threads: The number of threads.
  init(_ profile: Profile, seconds: Double, of inputs: WorkloadInputs, threads: Int) {
    let measured = profile.seconds.mapValues { $0 / Double(threads) }
    let rates = Self.rates(measured, inputs)
    times = measured.map { entry, time in
      KernelTime(
        node: entry.node, direction: entry.isBackward ? "backward" : "forward", kernel: entry.kernel, seconds: time,
        share: time / seconds, gflops: JSONNumber(entry.isArithmetic ? rates[entry.pass] : nil))
    }.sorted { ($1.seconds, $0.node, $0.kernel) < ($0.seconds, $1.node, $1.kernel) }
    kernelSeconds = times.reduce(0) { $0 + $1.seconds }
    outsideSeconds = seconds - kernelSeconds
  }

  /// A node in one direction.
  fileprivate struct Pass: Hashable {
    let node: String
    let isBackward: Bool
  }

  /// GFLOP/s of every node and direction that has arithmetic to do.
  private static func rates(_ measured: [Profile.Entry: Double], _ inputs: WorkloadInputs) -> [Pass: Double] {
    let arithmetic = OperationCount(inputs.network, inputs.workload.activity)
    var times: [Pass: Double] = [:]
    for (entry, time) in measured where entry.isArithmetic { times[entry.pass, default: 0] += time }
    var rates: [Pass: Double] = [:]
    for (index, node) in inputs.network.nodes.enumerated() {
      for isBackward in [false, true] {
        let operations = arithmetic.operations(of: index, isBackward: isBackward)
        let pass = Pass(node: node.name, isBackward: isBackward)
        guard operations > 0, let time = times[pass] else { continue }
        rates[pass] = operations * Double(inputs.workload.unitCount) / time / 1e9
      }
    }
    return rates
  }
}

extension Profile.Entry {
  fileprivate var pass: KernelProfile.Pass { KernelProfile.Pass(node: node, isBackward: isBackward) }

  /// Whether the kernel may multiply with the weights of its node. The other kernels of such a node reorder data and apply
  /// the activation.
  fileprivate var isArithmetic: Bool { !kernel.hasPrefix("reorder ") && !kernel.hasPrefix("eltwise ") }
}
