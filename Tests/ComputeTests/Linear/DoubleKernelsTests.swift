import Compute
import Networks
import Reference
import Testing

/// The fast products with linear maps against those in plain loops.
@Suite struct DoubleKernelsTests {
  @Test func theMapsOfTheCatalogueAgreeWithTheOracle() throws {
    var kinds: Set<String> = []
    for (name, network) in try GradientCheck.catalogue() {
      let (parameters, _) = GradientCheck.point(for: network, exampleCount: 1, seed: 3)
      for index in network.nodes.indices {
        guard let operation = try network.affineOperation(of: index, parameters) else { continue }
        kinds.insert(network.nodes[index].operation.kindName)
        for map in operation.maps { try expectAgreement(map, rows: 3, name) }
      }
    }
    #expect(kinds.count >= 15, "of the affine kinds only \(kinds.sorted())")
  }

  @Test(arguments: LinearMapCase.all) func largerMapsAgreeWithTheOracle(_ testCase: LinearMapCase) throws {
    try expectAgreement(testCase.map, rows: 5, testCase.name)
  }

  /// Both sides are sums of n products, each of which is off by at most γ_n Σ |w x| whatever the order, so their difference
  /// is at most twice that; the sum of the sizes is rounded as well.
  private func expectAgreement(_ map: LinearMap, rows: Int, _ name: String) throws {
    let (fast, oracle) = (try DoubleKernels().kernel(for: map), ReferenceKernels().kernel(for: map))
    let sizes = ReferenceKernels().kernel(for: map.absolute)
    let (x, y) = (normals(rows * map.input.count, seed: 1), normals(rows * map.output.count, seed: 2))
    let (forward, backward) = (gamma(2 * map.termCount + 2), gamma(2 * map.transposedTermCount + 2))
    expectClose(
      fast.apply(x, rows, map), oracle.apply(x, rows, map), sizes.apply(x.map(abs), rows, map), forward, name)
    expectClose(
      fast.applyAbsolute(x, rows, map), oracle.applyAbsolute(x, rows, map), sizes.apply(x.map(abs), rows, map), forward,
      name + ", absolute")
    expectClose(
      fast.applyTransposed(y, rows, map), oracle.applyTransposed(y, rows, map),
      sizes.applyTransposed(y.map(abs), rows, map), backward, name + ", transposed")
    let indices = [0, map.output.count / 2, map.output.count - 1, 0]
    // One product with 1 each, without an error.
    #expect(fast.copyRows(indices, map) == oracle.copyRows(indices, map), "\(name), rows")
  }

  private func expectClose(
    _ found: [Double], _ expected: [Double], _ sizes: [Double], _ tolerance: Double, _ name: String
  ) {
    let worst = found.indices.map { abs(found[$0] - expected[$0]) / max(tolerance * sizes[$0], .leastNormalMagnitude) }
    #expect(found.count == expected.count && worst.allSatisfy { $0 <= 1 }, "\(name): \(worst.max() ?? 0)")
  }

  /// ⟨W x, y⟩ = ⟨x, Wᵀ y⟩ up to the rounding of both products and sums.
  @Test(arguments: LinearMapCase.all) func transposesAreAdjoint(_ testCase: LinearMapCase) throws {
    let map = testCase.map
    let kernel = try DoubleKernels().kernel(for: map)
    let (x, y) = (normals(map.input.count, seed: 3), normals(map.output.count, seed: 4))
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let difference = product(kernel.apply(x, 1, map), y) - product(x, kernel.applyTransposed(y, 1, map))
    let size = product(kernel.applyAbsolute(x.map(abs), 1, map), y.map(abs))
    let terms = map.termCount + map.transposedTermCount + map.input.count + map.output.count
    #expect(abs(difference) <= gamma(2 * terms) * size)
  }

  /// Bit by bit, with rows of zeros and of windows among them, which are left out of products.
  @Test(arguments: LinearMapCase.all) func aRowDoesNotDependOnTheOthers(_ testCase: LinearMapCase) throws {
    let map = testCase.map
    let kernel = try DoubleKernels().kernel(for: map)
    let rows = 70
    let (x, y) = (thinned(rows, map.input), thinned(rows, map.output))
    let forward = kernel.apply(x, rows, map), backward = kernel.applyTransposed(y, rows, map)
    let absolute = kernel.applyAbsolute(x, rows, map)
    for range in [0..<1, 5..<6, 69..<70, 2..<9, 3..<67] {
      func part(_ values: [Double], _ shape: Shape) -> [Double] {
        Array(values[range.lowerBound * shape.count..<range.upperBound * shape.count])
      }
      let (inputs, outputs) = (part(x, map.input), part(y, map.output))
      #expect(bits(kernel.apply(inputs, range.count, map)) == bits(part(forward, map.output)))
      #expect(bits(kernel.applyAbsolute(inputs, range.count, map)) == bits(part(absolute, map.output)))
      #expect(bits(kernel.applyTransposed(outputs, range.count, map)) == bits(part(backward, map.input)))
    }
  }

  /// Every second row has few scalars that are not zero, every seventh none.
  private func thinned(_ rows: Int, _ shape: Shape) -> [Double] {
    var values = normals(rows * shape.count, seed: 5)
    for place in values.indices {
      let (row, column) = place.quotientAndRemainder(dividingBy: shape.count)
      if row % 7 == 0 || (row % 2 == 1 && (column + row) % 13 != 0) { values[place] = 0 }
    }
    return values
  }

  @Test(arguments: LinearMapCase.all) func rowsAreTheProductsOfUnits(_ testCase: LinearMapCase) throws {
    let map = testCase.map
    let kernel = try DoubleKernels().kernel(for: map)
    let indices = (0..<9).map { ($0 * 7919) % map.output.count }
    var units = [Double](repeating: 0, count: indices.count * map.output.count)
    for (row, index) in indices.enumerated() { units[row * map.output.count + index] = 1 }
    #expect(kernel.copyRows(indices, map) == kernel.applyTransposed(units, indices.count, map))
  }

  @Test(arguments: LinearMapCase.all) func whatIsNoNumberStaysInItsRow(_ testCase: LinearMapCase) throws {
    let map = testCase.map
    let kernel = try DoubleKernels().kernel(for: map)
    for value in [Double.nan, .infinity] {
      var (x, y) = (normals(3 * map.input.count, seed: 6), normals(3 * map.output.count, seed: 7))
      for column in 0..<map.input.count { x[map.input.count + column] = value }
      for column in 0..<map.output.count { y[map.output.count + column] = value }
      for (found, width) in [
        (kernel.apply(x, 3, map), map.output.count), (kernel.applyAbsolute(x, 3, map), map.output.count),
        (kernel.applyTransposed(y, 3, map), map.input.count),
      ] {
        #expect(found[width..<2 * width].contains { !$0.isFinite })
        let others = found[..<width] + found[(2 * width)...]
        #expect(others.allSatisfy { $0.isFinite })
      }
    }
  }

  /// Zero times infinity is no number, so positions of zeros count where a weight is infinite.
  @Test func anInfiniteWeightIsSeenAtZeros() throws {
    let payload = Convolution(outputChannels: 2, kernel: Extent(1))
    let map = LinearMap(
      .convolution(payload, weight: Tensor(shape: [2, 1, 1, 1], scalars: [1, .infinity])), from: [1, 2, 2],
      to: [2, 2, 2])
    let found = try DoubleKernels().kernel(for: map).applyTransposed([Double](repeating: 0, count: 8), 1, map)
    #expect(found.allSatisfy { $0.isNaN })
    let dense = LinearMap(
      .dense(weight: Tensor(shape: [2, 3], scalars: [1, .infinity, 2, 3, 4, 5])), from: [3], to: [2])
    let products = try DoubleKernels().kernel(for: dense).applyTransposed([0, 0], 1, dense)
    #expect(products[0] == 0 && products[1].isNaN && products[2] == 0)
  }

  /// A term that is 0 in some rows is left out of none, and one that is 0 in all rows changes no bit.
  @Test func termsThatAreZeroInEveryRowChangeNothing() throws {
    let weight = Tensor<Float>(shape: [300, 40], scalars: normals(300 * 40).map { Float($0) })
    let dense = LinearMap(.dense(weight: weight), from: [40], to: [300])
    let kernel = try DoubleKernels().kernel(for: dense)
    var rows = normals(70 * 300, seed: 8)
    for row in 0..<70 {
      for term in 0..<300 where term % 3 == 0 || (term + row) % 7 == 0 { rows[row * 300 + term] = 0 }
    }
    let together = kernel.applyTransposed(rows, 70, dense)
    for row in 0..<70 {
      var own = Array(rows[row * 300..<(row + 1) * 300])
      // Alone, and beside a row in which every term counts.
      #expect(kernel.applyTransposed(own, 1, dense) == Array(together[row * 40..<(row + 1) * 40]))
      own += normals(300, seed: 9)
      #expect(kernel.applyTransposed(own, 2, dense)[..<40] == together[row * 40..<(row + 1) * 40])
    }
  }

  @Test(arguments: LinearMapCase.all) func noRowsAreNoWork(_ testCase: LinearMapCase) throws {
    let kernel = try DoubleKernels().kernel(for: testCase.map)
    #expect(kernel.apply([], 0, testCase.map).isEmpty && kernel.applyTransposed([], 0, testCase.map).isEmpty)
    #expect(kernel.applyAbsolute([], 0, testCase.map).isEmpty && kernel.copyRows([], testCase.map).isEmpty)
  }

  @Test func threadsDoNotDisturbEachOther() async throws {
    let (kernels, cases) = (DoubleKernels(), LinearMapCase.all)
    let made = try cases.map { try kernels.kernel(for: $0.map) }
    let expected = zip(made, cases).map { kernel, testCase in
      kernel.applyTransposed(normals(5 * testCase.map.output.count), 5, testCase.map)
    }
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<32 {
        group.addTask {
          let index = task % cases.count
          let map = cases[index].map
          return made[index].applyTransposed(normals(5 * map.output.count), 5, map) == expected[index]
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test func anImageBeyondMemoryIsRefused() {
    let far = 1 << 40
    let payload = Convolution(
      outputChannels: 1, kernel: Extent(1), stride: Extent(far),
      padding: Edges(top: far, bottom: far, left: far, right: far))
    let map = LinearMap(
      .convolution(payload, weight: Tensor(shape: [1, 1, 1, 1], scalars: [1])), from: [1, 1, 1], to: [1, 3, 3])
    #expect(throws: NetworkError.self) { try DoubleKernels().kernel(for: map) }
  }
}

/// The loops in which signs decide, against the oracle's.
@Suite struct SignedRowsTests {
  /// Row lengths below, at and above the vectors that are added at once. n terms in another order: twice γ_n of their sizes.
  @Test(arguments: [1, 7, 8, 31, 32, 33, 100]) func agreeWithTheOracle(columns: Int) {
    var rows = normals(5 * columns, seed: 1)
    rows[0] = 0
    let (lower, upper) = (normals(columns, seed: 2), normals(columns, seed: 3))
    var (found, expected, sizes) = (normals(5, seed: 4), normals(5, seed: 4), normals(5, seed: 4).map(abs))
    DoubleKernels().addLeastValues(rows, lower, upper, to: &found)
    ReferenceKernels().addLeastValues(rows, lower, upper, to: &expected)
    let wide = zip(lower, upper).map { max(abs($0), abs($1)) }
    ReferenceKernels().addLeastValues(rows.map(abs), wide, wide, to: &sizes)
    for row in 0..<5 { #expect(abs(found[row] - expected[row]) <= gamma(2 * columns + 4) * sizes[row]) }
    var (scaled, wanted) = (rows, rows)
    DoubleKernels().scale(&scaled, lower, upper)
    ReferenceKernels().scale(&wanted, lower, upper)
    #expect(scaled == wanted)
  }

  @Test func aRowDoesNotDependOnTheOthers() {
    let (rows, lower, upper) = (normals(7 * 45, seed: 1), normals(45, seed: 2), normals(45, seed: 3))
    var all = [Double](repeating: 0, count: 7)
    DoubleKernels().addLeastValues(rows, lower, upper, to: &all)
    for row in 0..<7 {
      var one = [0.0]
      DoubleKernels().addLeastValues(Array(rows[row * 45..<(row + 1) * 45]), lower, upper, to: &one)
      #expect(bits(one) == bits([all[row]]))
    }
  }

  @Test func emptyRowsAndWhatIsNoNumber() {
    var (none, sums) = ([Double](), [1.0, 2])
    DoubleKernels().addLeastValues([], [], [], to: &sums)
    DoubleKernels().scale(&none, [], [])
    #expect(sums == [1, 2] && none.isEmpty)
    var poisoned = [0.0, 0]
    DoubleKernels().addLeastValues([.nan, 1, 1, 1], [1, 1], [2, 2], to: &poisoned)
    #expect(poisoned[0].isNaN && poisoned[1] == 2)
  }
}

private func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }

/// γ_n = n u / (1 − n u).
private func gamma(_ terms: Int) -> Double { Double(terms) * .roundoff / (1 - Double(terms) * .roundoff) }
