/// Step sizes that are halved, for each example by itself, where progress stalls.
///
/// After windows of steps that grow shorter it is asked: did the loss rise in at most a share ρ of the window's steps, or
/// did the best loss not grow since the last check, at which the step was not halved? Then the step is halved, and the
/// example goes back to its best point. Croce and Hein, arXiv 2003.01690, section 3.2.
///
/// In the first window the reference implementation compares the loss of the first step with an entry of its buffer that
/// is still zero: a rise for every positive loss, and none for a negative one, as DLR is before success. It is so here too.
struct StepHalving {
  /// The windows as shares of all steps: 22 %, each 3 % shorter than the last, down to 6 %.
  struct Windows {
    var first = 0.22
    var shrinkage = 0.03
    var least = 0.06

    /// As in the paper.
    static let paper = Windows()
  }

  private(set) var sizes: [Float]
  private let share: Float
  private let shrinkage: Int
  private let least: Int
  private var window: Int
  private var stepsInWindow = 0
  private var rises: [Int]
  private var lastValues: [Float]
  private var bestAtLastCheck: [Float]
  private var wasHalved: [Bool]

  /// Sizes to begin with.
  ///
  /// - Parameters:
  ///   - sizes: The first size of each example.
  ///   - steps: The number of all steps.
  ///   - share: ρ.
  ///   - windows: When to check.
  init(sizes: [Float], steps: Int, share: Float, windows: Windows = .paper) {
    self.sizes = sizes
    self.share = share
    let length = { (share: Double) in max(Int(share * Double(steps)), 1) }
    (window, shrinkage, least) = (length(windows.first), length(windows.shrinkage), length(windows.least))
    rises = sizes.map { _ in 0 }
    lastValues = sizes.map { _ in 0 }
    bestAtLastCheck = sizes.map { _ in .infinity }
    wasHalved = sizes.map { _ in true }
  }

  /// Enters the losses after a step.
  ///
  /// - Returns: The examples whose step was halved.
  mutating func update(values: [Float], bestValues: [Float]) -> [Int] {
    for row in values.indices where values[row] > lastValues[row] { rises[row] += 1 }
    lastValues = values
    stepsInWindow += 1
    guard stepsInWindow == window else { return [] }
    let isHalved = values.indices.map { row in
      Float(rises[row]) <= Float(window) * share || (!wasHalved[row] && bestAtLastCheck[row] >= bestValues[row])
    }
    let halved = isHalved.indices.filter { isHalved[$0] }
    for row in halved { sizes[row] /= 2 }
    (wasHalved, bestAtLastCheck, stepsInWindow) = (isHalved, bestValues, 0)
    rises = rises.map { _ in 0 }
    window = max(window - shrinkage, least)
    return halved
  }

  /// Keeps the examples at `open` alone.
  mutating func keep(_ open: [Int]) {
    sizes = open.map { sizes[$0] }
    rises = open.map { rises[$0] }
    lastValues = open.map { lastValues[$0] }
    bestAtLastCheck = open.map { bestAtLastCheck[$0] }
    wasHalved = open.map { wasHalved[$0] }
  }
}
