import Exchange
import Networks
import Testing

/// Properties and counterexamples of VNN-COMP 2022.
struct VNNLIBFixturesTests {
  private static let directory = "fixtures2/vnncomp"

  private struct Instance {
    let property: String
    let isSat: Bool
    let counterexample: [Double]
  }

  private func instances() throws -> [Instance]? {
    guard let path = SharedFiles.path("\(Self.directory)/instances.tsv") else { return nil }
    return try readText(path).split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      return Instance(
        property: String(fields[2]), isSat: fields[4] == "sat",
        counterexample: fields[8].split(separator: " ").compactMap { Double($0) })
    }
  }

  private func property(_ name: String) throws -> VerificationProperty? {
    guard let path = SharedFiles.path("\(Self.directory)/\(name)") else { return nil }
    return try VNNLIB.read(from: path)
  }

  /// Inputs, outputs, and the number of constraints of each case, counted by hand.
  private static let counts: [(String, Int, Int, [Int])] = [
    ("acasxu_prop_1", 5, 5, [1]), ("acasxu_prop_2", 5, 5, [4]), ("acasxu_prop_3", 5, 5, [4]),
    ("acasxu_prop_4", 5, 5, [4]), ("acasxu_prop_7", 5, 5, [3, 3]), ("acasxu_prop_10", 5, 5, [1, 1, 1, 1]),
    ("cartpole_case_unsafe_0", 4, 2, [1]), ("lunarlander_case_safe_0", 8, 4, [1]),
    ("lunarlander_case_safe_12", 8, 4, [1]), ("vdp_0", 3, 3, [5]), ("vdp_8", 3, 3, [5]), ("property_N8_3", 2, 1, [1]),
    ("test_nano", 1, 1, [1]), ("test_tiny", 1, 1, [1]), ("test_small", 1, 1, [1]), ("test_prop", 5, 5, [4]),
  ]

  @Test(arguments: counts.indices)
  func sizes(_ index: Int) throws {
    let (name, inputs, outputs, constraints) = Self.counts[index]
    guard let property = try property("vnnlib/\(name).vnnlib") else { return }
    #expect(property.inputCount == inputs)
    #expect(property.outputCount == outputs)
    #expect(property.cases.map(\.constraints.count) == constraints)
    #expect(property.notes.isEmpty)
  }

  @Test func allAreRead() throws {
    guard let instances = try instances() else { return }
    let names = Set(instances.map(\.property))
    #expect(names.count == 31)
    for name in names {
      let property = try #require(try property(name))
      #expect(!property.cases.isEmpty && property.cases.allSatisfy { !$0.constraints.isEmpty }, "\(name)")
    }
  }

  @Test func valuesAreThoseOfTheText() throws {
    guard let seventh = try property("vnnlib/acasxu_prop_7.vnnlib"),
      let first = try property("vnnlib/acasxu_prop_1.vnnlib"), let vdp = try property("vnnlib/vdp_0.vnnlib")
    else { return }
    // (and (<= Y_4 Y_0) (<= Y_4 Y_1) (<= Y_4 Y_2))
    let coefficients: [[Double]] = [[-1, 0, 0, 0, 1], [0, -1, 0, 0, 1], [0, 0, -1, 0, 1]]
    #expect(seventh.cases[1].constraints.map(\.coefficients) == coefficients)
    #expect(seventh.cases[1].constraints.allSatisfy { $0.bound == 0 && $0.innerBound == 0 })
    #expect(abs(seventh.cases[0].box.upper[1] - 0.499999896) < 1e-15)
    // (>= Y_0 3.991125645861615)
    let constraint = try #require(first.cases.first?.constraints.first)
    #expect(constraint.coefficients == [-1, 0, 0, 0, 0])
    #expect(constraint.innerBound <= -3.991125645861615 && constraint.bound >= -3.991125645861615)
    #expect(constraint.bound <= constraint.innerBound.nextUp)
    #expect(first.cases[0].box.lower[4] == -0.5)
    #expect(vdp.cases[0].box.lower == [-2.5, -2.5, 0])
    #expect(vdp.cases[0].box.upper == [2.5, 2.5, 5])
  }

  /// The tools round inputs to single precision or print nine digits. As their values are below 2, they are off by
  /// 2⁻²⁴ = 6e-8 at most. Nine of the fifteen are inside exactly, as fractions computed from the texts say.
  @Test func counterexamplesLieInTheBox() throws {
    guard let instances = try instances() else { return }
    var exact: [String] = []
    var count = 0
    for instance in instances where instance.isSat && !instance.counterexample.isEmpty {
      let property = try #require(try property(instance.property))
      let box = property.cases[0].box
      #expect(instance.counterexample.count == property.inputCount)
      #expect(box.contains(instance.counterexample, tolerance: 0x1p-24), "\(instance.property)")
      if box.contains(instance.counterexample) { exact.append(instance.property) }
      count += 1
    }
    #expect(count == 15)
    let names = [
      "acasxu_prop_2", "cartpole_case_unsafe_36", "cartpole_case_unsafe_42", "cartpole_case_unsafe_44", "vdp_3",
      "vdp_6", "vdp_8", "property_N8_0", "property_N8_1",
    ]
    #expect(exact == names.map { "vnnlib/\($0).vnnlib" })
  }
}
