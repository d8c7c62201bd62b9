/// A linear program: the point of a box where the largest of some affine functions is least, and the mixture of the functions
/// that shows it.
///
///     min over x of max over k of gₖ · x + cₖ  =  max over λ ≥ 0, Σ λ = 1, of min over x of Σ λₖ (gₖ · x + cₖ)
///
/// Dantzig's simplex method with bounded variables (*Linear programming and extensions*, 1963, chapter 18) on a dense
/// tableau. Nothing is proven by its numbers: whoever uses a mixture bounds it anew.
struct MinimaxProgram {
  /// The functions' coefficients.
  var gradients: [[Double]]
  /// Their constants.
  var constants: [Double]
  let lower: [Double]
  let upper: [Double]

  /// The best point, and the functions' shares.
  struct Solution {
    let value: Double
    let point: [Double]
    let weights: [Double]
  }

  /// The solution, or the best that was reached after as many steps as a program of this size should ever need.
  func solve() -> Solution {
    var tableau = Tableau(self)
    for _ in 0..<(200 + 20 * (gradients.count + lower.count)) {
      guard tableau.step() else { break }
    }
    return tableau.solution(of: self)
  }
}

/// The largest function is t; slack k is what function k lies below it. Variables that are not basic stand at one of their
/// ends: slacks at 0, the point's scalars at either.
private struct Tableau {
  private let rowCount: Int
  private let columnCount: Int
  /// Basic variable i falls by `entries[i][j]` for every unit that column j rises.
  private var entries: [[Double]] = []
  /// What t rises by.
  private var slopes: [Double]
  private var values: [Double] = []
  private var basis: [Int] = []
  private var columns: [Int]
  private var isUpper: [Bool]
  /// The width of each variable: first the point's scalars, then the slacks.
  private let widths: [Double]
  private var stalled = 0
  private static let tolerance = 1e-11

  /// Begins at the box's lower corner, with the largest function there.
  init(_ program: MinimaxProgram) {
    let scalars = program.lower.count
    let heights = zip(program.gradients, program.constants).map { gradient, constant in
      zip(gradient, program.lower).reduce(constant) { $0 + $1.0 * $1.1 }
    }
    let top = heights.indices.max { heights[$0] < heights[$1] } ?? 0
    (rowCount, columnCount) = (heights.count - 1, scalars + 1)
    widths = zip(program.upper, program.lower).map { $0 - $1 } + heights.map { _ in Double.infinity }
    slopes = program.gradients[top] + [1]
    columns = Array(0..<scalars) + [scalars + top]
    isUpper = Array(repeating: false, count: columnCount)
    for row in heights.indices where row != top {
      entries.append(zip(program.gradients[row], program.gradients[top]).map { $0 - $1 } + [-1])
      values.append(heights[top] - heights[row])
      basis.append(scalars + row)
    }
  }

  /// One exchange of variables, or one variable moved to its other end; false where t cannot fall.
  mutating func step() -> Bool {
    guard let column = entering() else { return false }
    let direction: Double = isUpper[column] ? -1 : 1
    var (length, leaving, pivot) = (widths[columns[column]], -1, 0.0)
    for row in 0..<rowCount {
      let rate = entries[row][column] * direction
      guard abs(rate) > Self.tolerance else { continue }
      let room = max(rate > 0 ? values[row] : widths[basis[row]] - values[row], 0) / abs(rate)
      if room < length || room == length && abs(rate) > pivot { (length, leaving, pivot) = (room, row, abs(rate)) }
    }
    guard length.isFinite else { return false }
    stalled = length > 0 ? 0 : stalled + 1
    for row in 0..<rowCount { values[row] -= entries[row][column] * direction * length }
    if leaving < 0 { isUpper[column].toggle() } else { exchange(leaving, column, direction, length) }
    return true
  }

  /// The column along which t falls fastest; after many steps without length the first one (Bland), which ends cycles.
  private func entering() -> Int? {
    var (best, steepest) = (-1, Self.tolerance)
    for column in 0..<columnCount where widths[columns[column]] > 0 {
      let fall = isUpper[column] ? slopes[column] : -slopes[column]
      guard fall > steepest else { continue }
      if stalled > 50 {
        if best < 0 || columns[column] < columns[best] { best = column }
      } else {
        (best, steepest) = (column, fall)
      }
    }
    return best < 0 ? nil : best
  }

  private mutating func exchange(_ row: Int, _ column: Int, _ direction: Double, _ length: Double) {
    let pivot = entries[row][column]
    let start = isUpper[column] ? widths[columns[column]] : 0
    isUpper[column] = pivot * direction < 0
    values[row] = start + direction * length
    swap(&basis[row], &columns[column])
    var own = entries[row].map { $0 / pivot }
    own[column] = 1 / pivot
    for other in 0..<rowCount where other != row { Self.eliminate(&entries[other], column, own) }
    // t rises where a basic variable would fall.
    let slope = slopes[column]
    slopes[column] = 0
    for place in slopes.indices { slopes[place] -= slope * own[place] }
    entries[row] = own
  }

  private static func eliminate(_ row: inout [Double], _ column: Int, _ own: [Double]) {
    let factor = row[column]
    guard factor != 0 else { return }
    row[column] = 0
    for place in row.indices { row[place] -= factor * own[place] }
  }

  func solution(of program: MinimaxProgram) -> MinimaxProgram.Solution {
    let scalars = program.lower.count
    var point = program.lower
    var weights = [Double](repeating: 0, count: program.gradients.count)
    for (column, variable) in columns.enumerated() {
      if variable >= scalars {
        weights[variable - scalars] = max(slopes[column], 0)
      } else if isUpper[column] {
        point[variable] = program.upper[variable]
      }
    }
    for (row, variable) in basis.enumerated() where variable < scalars { point[variable] += values[row] }
    let heights = zip(program.gradients, program.constants).map { gradient, constant in
      zip(gradient, point).reduce(constant) { $0 + $1.0 * $1.1 }
    }
    return MinimaxProgram.Solution(value: heights.max() ?? -.infinity, point: point, weights: weights)
  }
}
