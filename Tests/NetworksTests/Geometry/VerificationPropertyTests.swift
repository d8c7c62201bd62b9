import Networks
import Testing

private let box = InputBox(lower: [0, 0], upper: [1, 1])

@Test func robustnessHasACaseForEachOtherClass() {
  let property = VerificationProperty(robustnessOf: 1, among: 3, in: box)
  #expect(property.inputCount == 2)
  #expect(property.outputCount == 3)
  #expect(property.cases.map { $0.constraints.map(\.coefficients) } == [[[-1, 1, 0]], [[0, 1, -1]]])
  #expect(property.cases.allSatisfy { $0.box == box && $0.constraints.allSatisfy { $0.bound == 0 } })
  #expect(!property.isUnsafe(input: [0, 0], outputs: [1, 2, 1]))
  // A tie is unsafe.
  #expect(property.unsafeCase(input: [0, 0], outputs: [1, 2, 2]) == 1)
  #expect(property.unsafeCase(input: [0, 0], outputs: [3, 2, 2]) == 0)
  #expect(!property.isUnsafe(input: [0, (1.0).nextUp], outputs: [3, 2, 2]))
  #expect(property.isUnsafe(input: [0, (1.0).nextUp], outputs: [3, 2, 2], tolerance: 1e-9))
  #expect(property.isUnsafe(input: [0, 0], outputs: [1.75, 2, 1], tolerance: 0.25))
}

@Test func oneClassIsNeverLeft() {
  let property = VerificationProperty(robustnessOf: 0, among: 1, in: box)
  #expect(property.cases.isEmpty)
  #expect(!property.isUnsafe(input: [0, 0], outputs: [0], tolerance: 100))
}

/// All constraints of a case hold at once, and in the box of that case.
@Test func casesAreConjunctions() {
  let property = VerificationProperty(
    inputCount: 1, outputCount: 1,
    cases: [
      UnsafeCase(
        box: InputBox(lower: [0], upper: [1]),
        constraints: [HalfSpace(coefficients: [1], bound: 2), HalfSpace(coefficients: [-1], bound: -1)]),
      UnsafeCase(box: InputBox(lower: [5], upper: [6]), constraints: []),
    ])
  #expect(property.unsafeCase(input: [0.5], outputs: [1.5]) == 0)
  #expect(property.unsafeCase(input: [0.5], outputs: [0.5]) == nil)
  #expect(property.unsafeCase(input: [0.5], outputs: [2.5]) == nil)
  #expect(property.unsafeCase(input: [2], outputs: [1.5]) == nil)
  #expect(property.unsafeCase(input: [5.5], outputs: [0.5]) == 1)
}
