public import Networks

/// What is known of a property.
public enum PropertyVerdict: Sendable {
  /// No input is unsafe.
  case unsat
  /// This input is, with the outputs that the engine gives it.
  case sat(input: [Float], outputs: [Float])
  /// Time was up before it was decided.
  case timeout
  /// It cannot be decided in this way.
  case unknown
}

/// Decides properties: an attack of every unsafe case, then branch and bound.
///
/// A case is excluded where no input of its box, rounded outward, can fulfil all its constraints, rounded outward; all cases
/// excluded are *unsat*. An input is *sat* where it lies in the real box, rounded inward, and intervals of the exact network
/// at that point fulfil all constraints, rounded inward. So neither answer rests on rounding.
public struct PropertyVerification: Sendable {
  /// How cases are excluded; its time limit is not used.
  public var method = ExactVerification()
  /// The randomness of the attack's starts.
  public var random = RandomSource(seed: 0)
  /// Threads that share the work.
  public var workers = Workers(count: 1)
  /// Whether the user has stopped the run; the answer is then unknown.
  public var isCancelled: @Sendable () -> Bool = { false }

  /// One thread and seed 0.
  public init() {}

  /// Decides a property.
  ///
  /// - Parameters:
  ///   - property: The property; its inputs are those of the network in their order.
  ///   - network: The network, prepared for bounds.
  ///   - model: The same network, ready to run.
  ///   - deadline: When to give up.
  /// - Returns: The verdict.
  /// - Throws: `CertificationError` where the property is not about such a network, or does not limit all inputs.
  public func verify(
    _ property: VerificationProperty, network: BoundedNetwork, model: any DifferentiableClassifier,
    until deadline: ContinuousClock.Instant
  ) throws -> PropertyVerdict {
    try check(property, network, model)
    let cases = property.cases.filter { $0.box.firstEmpty == nil }
    let isCancelled = isCancelled
    let isOver: @Sendable () -> Bool = { isCancelled() || ContinuousClock.now >= deadline }
    // An attack finds most counterexamples, and finds them soon.
    let attackEnd = ContinuousClock.now + (deadline - ContinuousClock.now) / 8
    let attack = PropertyAttack(network: network, model: model, random: random) {
      isOver() || ContinuousClock.now >= attackEnd
    }
    for (index, unsafe) in cases.enumerated() {
      if let input = try attack.counterexample(to: unsafe, number: index) { return try sat(input, model) }
    }
    // Without constraints every input is unsafe; there is none to show where no Float lies in the box.
    var isOpen = cases.contains { $0.constraints.isEmpty }
    for group in Self.groups(cases.filter { !$0.constraints.isEmpty }) {
      let box = group[0].box
      let answers = try method.answers(
        group.map { OutputFunctions(outerBoundsOf: $0.constraints) }, network: network,
        region: InputRegion(lower: box.lower, upper: box.upper), workers: workers, isOver: isOver
      ).answers
      for answer in answers {
        switch answer {
        case .excluded: continue
        case .open, nil: isOpen = true
        case .found(let input):
          if let unsafe = group.lazy.compactMap({ network.unsafeInput(nearest: input, in: $0) }).first {
            return try sat(unsafe, model)
          }
          // It fulfils the rounded constraints and perhaps not the real ones.
          isOpen = true
        }
      }
      if isOver() { break }
    }
    if isOver() { return isCancelled() ? .unknown : .timeout }
    return isOpen ? .unknown : .unsat
  }

  private func check(
    _ property: VerificationProperty, _ network: BoundedNetwork, _ model: any DifferentiableClassifier
  ) throws {
    let inputs = network.network.inputShape.count
    guard property.inputCount == inputs, property.outputCount == model.classCount else {
      throw CertificationError.mismatch(
        expected: "a property of \(inputs) inputs and \(model.classCount) outputs, as the network has",
        found: "one of \(property.inputCount) and \(property.outputCount)")
    }
    for unsafe in property.cases {
      guard
        let free = unsafe.box.lower.indices.first(where: { place in
          unsafe.box.lower[place] == -.infinity || unsafe.box.upper[place] == .infinity
        })
      else { continue }
      throw CertificationError.mismatch(expected: "a range for every input", found: "none for X_\(free)")
    }
  }

  private func sat(_ input: [Float], _ model: any DifferentiableClassifier) throws -> PropertyVerdict {
    let point = Tensor(shape: model.inputShape.batched(1), scalars: input)
    return .sat(input: input, outputs: try model.logits(of: point).scalars)
  }

  /// The cases of each box together: bounds of inner neurons are the same for them.
  private static func groups(_ cases: [UnsafeCase]) -> [[UnsafeCase]] {
    var groups: [[UnsafeCase]] = []
    var places: [InputBox: Int] = [:]
    for unsafe in cases {
      if let place = places[unsafe.box] {
        groups[place].append(unsafe)
      } else {
        places[unsafe.box] = groups.count
        groups.append([unsafe])
      }
    }
    return groups
  }
}

extension OutputFunctions {
  /// `c·y − b` of half-spaces that contain the real ones.
  init(outerBoundsOf constraints: [HalfSpace]) {
    self.init(coefficients: constraints.map(\.coefficients), constants: constraints.map { -$0.bound })
  }

  /// `c·y − b` of half-spaces that lie in the real ones.
  init(innerBoundsOf constraints: [HalfSpace]) {
    self.init(coefficients: constraints.map(\.coefficients), constants: constraints.map { -$0.innerBound })
  }
}

extension BoundedNetwork {
  /// An input moved into the real box of a case, where that makes it unsafe: one that lies in the rounded box may lie outside
  /// the real one by a rounding.
  package func unsafeInput(nearest input: [Float], in unsafe: UnsafeCase) -> [Float]? {
    guard let ends = unsafe.box.floatEnds else { return nil }
    let moved = input.indices.map { min(max(input[$0], ends.lower[$0]), ends.upper[$0]) }
    return isUnsafe(moved, in: unsafe) ? moved : nil
  }

  /// Whether an input is surely a counterexample, in real arithmetic.
  func isUnsafe(_ input: [Float], in unsafe: UnsafeCase) -> Bool {
    let point = input.map(Double.init)
    guard unsafe.box.contains(point) else { return false }
    guard !unsafe.constraints.isEmpty else { return true }
    return fulfils(
      Query(OutputFunctions(innerBoundsOf: unsafe.constraints), over: InputRegion(lower: point, upper: point)),
      at: input)
  }
}
