/// A question about a network: whether an input leads to outputs that must not be.
///
/// It is a disjunction of unsafe cases. The answer is *unsat* where no input of any case's box has outputs that satisfy all
/// constraints of that case, and *sat* where there is such an input, the counterexample.
public struct VerificationProperty: Hashable, Sendable {
  /// The number of inputs of the network.
  public let inputCount: Int
  /// The number of outputs of the network.
  public let outputCount: Int
  /// The cases that must not occur. Without any, the answer is *unsat*.
  public let cases: [UnsafeCase]
  /// What a reader of the verdict should know: cases that were left out, numbers that were rounded.
  public let notes: [String]

  /// Creates a property.
  ///
  /// - Precondition: every case has this number of inputs, and each of its constraints this number of outputs.
  public init(inputCount: Int, outputCount: Int, cases: [UnsafeCase], notes: [String] = []) {
    for unsafe in cases {
      precondition(unsafe.box.count == inputCount, "a box of \(unsafe.box.count) inputs, not \(inputCount)")
      precondition(unsafe.constraints.allSatisfy { $0.coefficients.count == outputCount }, "not \(outputCount) outputs")
    }
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.cases = cases
    self.notes = notes
  }

  /// Whether every input of a box gets the label: for each other class j, the case that its logit is at least that of
  /// the label, Y_label − Yⱼ ≤ 0.
  ///
  /// A tie counts as unsafe: which of two equal logits wins is not a matter of the network.
  ///
  /// - Precondition: the label is one of the classes.
  public init(robustnessOf label: Int, among classCount: Int, in box: InputBox) {
    precondition((0..<classCount).contains(label), "class \(label) of \(classCount)")
    let cases = (0..<classCount).filter { $0 != label }.map { other in
      var coefficients = Array(repeating: 0.0, count: classCount)
      coefficients[label] = 1
      coefficients[other] = -1
      return UnsafeCase(box: box, constraints: [HalfSpace(coefficients: coefficients, bound: 0)])
    }
    self.init(inputCount: box.count, outputCount: classCount, cases: cases)
  }

  /// The first case that an input with its outputs fulfils.
  public func unsafeCase(input: [Double], outputs: [Double], tolerance: Double = 0) -> Int? {
    cases.firstIndex { $0.contains(input: input, outputs: outputs, tolerance: tolerance) }
  }

  /// Whether an input with its outputs is a counterexample.
  ///
  /// Without a tolerance the check is exact, and what it accepts fulfils the property as it was written. With one, every
  /// input may lie that far outside its range, and every constraint may be missed by as much.
  public func isUnsafe(input: [Double], outputs: [Double], tolerance: Double = 0) -> Bool {
    unsafeCase(input: input, outputs: outputs, tolerance: tolerance) != nil
  }
}

/// A box of inputs, and constraints on the outputs all of which hold when the case occurs.
public struct UnsafeCase: Hashable, Sendable {
  /// The inputs.
  public let box: InputBox
  /// The constraints, all of which the outputs of an unsafe input satisfy. Without any, every input is unsafe.
  public let constraints: [HalfSpace]

  /// Creates a case.
  public init(box: InputBox, constraints: [HalfSpace]) {
    self.box = box
    self.constraints = constraints
  }

  /// Whether the case occurs: the input lies in the box, and its outputs satisfy the constraints.
  public func contains(input: [Double], outputs: [Double], tolerance: Double = 0) -> Bool {
    box.contains(input, tolerance: tolerance)
      && constraints.allSatisfy { $0.contains(outputs, tolerance: tolerance) }
  }
}
