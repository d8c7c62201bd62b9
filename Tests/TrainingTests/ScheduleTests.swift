import Hyperparameters
import Testing
import Training

@Suite struct ScheduleTests {
  private func factors(_ schedule: any Schedule) -> [Double] {
    (0..<8).map { schedule.factor(atEpoch: Double($0), of: 8) }
  }

  @Test func matchPyTorchAtTheStartOfEveryEpoch() {
    #expect(factors(ConstantSchedule()) == Array(repeating: 1, count: 8))
    // torch.optim.lr_scheduler.MultiStepLR(milestones=[3, 6], gamma=0.1), CosineAnnealingLR(8, eta_min=0.01) from rate 1.
    let step = [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01]
    let cosine = [
      1, 0.9623203685930869, 0.855017856687341, 0.6944282990207195, 0.505, 0.3155717009792805, 0.15498214331265897,
      0.04767963140691306,
    ]
    // PyTorch multiplies from epoch to epoch: a few ulps.
    for (found, expected) in zip(factors(StepSchedule(milestones: [3, 6], factor: 0.1)), step) {
      #expect(abs(found - expected) < 1e-15)
    }
    for (found, expected) in zip(factors(CosineSchedule(minimum: 0.01)), cosine) {
      #expect(abs(found - expected) < 1e-14)
    }
  }

  /// Starts of epochs 0, 1, … of a run, against PyTorch's schedulers stepped once per epoch from rate 1.
  private func expect(_ schedule: any Schedule, of epochs: Int, _ expected: [Double]) {
    for (epoch, factor) in expected.enumerated() {
      let found = schedule.factor(atEpoch: Double(epoch), of: epochs)
      // PyTorch's recursions lose a few ulps.
      #expect(abs(found - factor) < 1e-14, "\(schedule) at \(epoch): \(found), not \(factor)")
    }
  }

  @Test func restartsMatchPyTorch() {
    // CosineAnnealingWarmRestarts(T_0=3, T_mult=2, eta_min=0.01), then T_0=4.
    expect(
      CosineRestarts(period: 3, growth: 2, minimum: 0.01), of: 12,
      [
        1.0, 0.7525, 0.2575000000000001, 1.0, 0.9336825748732972, 0.7525, 0.505, 0.2575000000000001,
        0.07631742512670284, 1.0, 0.9831332840130887, 0.9336825748732972,
      ])
    expect(
      CosineRestarts(period: 4, growth: 1, minimum: 0), of: 9,
      [
        1.0, 0.8535533905932737, 0.5, 0.14644660940672627, 1.0, 0.8535533905932737, 0.5, 0.14644660940672627, 1.0,
      ])
  }

  @Test func triangleMatchesPyTorch() {
    // CyclicLR(base_lr=0, max_lr=1, step_size_up=4, step_size_down=6).
    expect(
      TriangularSchedule(peak: 0.4), of: 10,
      [
        0.0, 0.2500000000000002, 0.4999999999999999, 0.7500000000000001, 0.9999999999999998, 0.8333333333333334,
        0.6666666666666665, 0.5000000000000001, 0.33333333333333326, 0.16666666666666682, 0.0,
      ])
  }

  @Test func oneCycleMatchesPyTorch() {
    // OneCycleLR(max_lr=1, total_steps=11, pct_start=0.4, div_factor=25, final_div_factor=1e4): up to 0.4·11 − 1 = 3.4 of
    // the 10 steps after the first.
    expect(
      OneCycleSchedule(peak: 0.34, start: 25, end: 1e4), of: 10,
      [
        0.040000000000000036, 0.2307353745379569, 0.6513582352345996, 0.9675866701140907, 0.9797465678213015,
        0.8618675715844589, 0.6635353275227843, 0.428844865493034, 0.20997470532822013, 0.055586053343435624, 4e-06,
      ])
  }

  @Test func warmUpMatchesPyTorch() {
    // ChainedScheduler([LinearLR(start_factor=0.25, total_iters=4), CosineAnnealingLR(8)]).
    expect(
      WarmUp(epochs: 4, start: 0.25, CosineSchedule()), of: 8,
      [
        0.25, 0.420848647736844, 0.5334708691207961, 0.5617151443983178, 0.5000000000000001, 0.3086582838174552,
        0.1464466094067263, 0.038060233744356645, 0.0,
      ])
    #expect(WarmUp(epochs: 0, start: 0, ConstantSchedule()).factor(atEpoch: 0, of: 3) == 1)
  }

  @Test func cosineEndsAtItsMinimumAndStays() {
    #expect(CosineSchedule(minimum: 0.25).factor(atEpoch: 8, of: 8) == 0.25)
    #expect(CosineSchedule(minimum: 0.25).factor(atEpoch: 9, of: 8) == 0.25)
    #expect(CosineSchedule(minimum: 0).factor(atEpoch: 0.5, of: 8) < 1)
  }

  @Test func stepsFallAtTheMilestoneAndNotBefore() {
    let schedule = StepSchedule(milestones: [3], factor: 0.5)
    #expect(schedule.factor(atEpoch: 2.99, of: 8) == 1 && schedule.factor(atEpoch: 3, of: 8) == 0.5)
  }

  @Test func epochsThatAreCountedKeepTheirShare() {
    #expect(
      StepSchedule(milestones: [100, 150], factor: 0.1).stretched(by: 0.1)
        == StepSchedule(milestones: [10, 15], factor: 0.1))
    #expect(
      WarmUp(epochs: 5, start: 0, StepSchedule(milestones: [30], factor: 0.5)).stretched(by: 2)
        == WarmUp(epochs: 10, start: 0, StepSchedule(milestones: [60], factor: 0.5)))
    for schedule in [ConstantSchedule(), CosineSchedule(), TriangularSchedule(peak: 0.4)] as [any Schedule] {
      let longer: any Schedule = schedule.stretched(by: 3)
      let (own, stretched) = (erased(schedule), erased(longer))
      #expect(stretched == own)
    }
  }

  @Test func readsWhatItWrites() throws {
    let schedules: [any Schedule] = [
      ConstantSchedule(), StepSchedule(milestones: [30, 60], factor: 0.25), CosineSchedule(minimum: 0.01),
      CosineRestarts(period: 2.5, growth: 1, minimum: 0.1), TriangularSchedule(peak: 0.5),
      OneCycleSchedule(peak: 0.25, start: 10, end: 100), WarmUp(epochs: 3, start: 0.1, TriangularSchedule(peak: 0.3)),
    ]
    for schedule in schedules {
      let own = erased(schedule)
      #expect(read(schedule.description) == own)
    }
    #expect(read("step:milestones=5") == erased(StepSchedule(milestones: [5], factor: 0.1)))
    #expect(read("cosine") == erased(CosineSchedule(minimum: 0)))
    #expect(read("triangular") == erased(TriangularSchedule(peak: 0.4)))
    let cycle = OneCycleSchedule(peak: 0.3, start: 25, end: 1e4)
    #expect(read("warmup+one-cycle") == erased(WarmUp(epochs: 5, start: 0, cycle)))
  }

  private func read(_ text: String) -> AnyHashable? {
    guard let schedule = try? ScheduleCatalog.schedule(text) else { return nil }
    return erased(schedule)
  }

  /// So that schedules of different types can be compared.
  private func erased(_ schedule: some Schedule) -> AnyHashable { AnyHashable(schedule) }

  /// What was typed and kept before.
  @Test(arguments: [
    "constant", "step:milestones=30-60,factor=0.1", "cosine:minimum=0", "restarts:period=10,growth=2,minimum=0",
    "triangular:peak=0.4", "one-cycle:peak=0.3,start=25,end=10000", "warmup:epochs=5,start=0+cosine",
    "warmup:epochs=1.0,start=0.0+step:milestones=3,factor=0.5", "one-cycle:end=1e+4",
  ])
  func formsOfBefore(text: String) {
    #expect(read(text) != nil)
  }

  /// A plus is short for a hyper-parameter as any other.
  @Test func whatAWarmUpMultipliesMayStandInParentheses() throws {
    let expected = erased(WarmUp(epochs: 2, StepSchedule(milestones: [3, 6], factor: 0.5)))
    #expect(read("warmup:epochs=2+step:milestones=3-6,factor=0.5") == expected)
    #expect(read("warmup:epochs=2,schedule=(step:milestones=3-6,factor=0.5)") == expected)
    let nested = try #require(read("warmup:epochs=2,schedule=(one-cycle:start=1e+1)")?.base as? WarmUp)
    #expect(nested.description == "warmup:epochs=2.0,start=0.0+one-cycle:peak=0.3,start=10.0,end=10000.0")
    #expect(read("warmup:schedule=cosine+cosine") == nil)
  }

  @Test func whatMustBeGivenIsAskedFor() {
    let missing = HyperparameterError.value(
      "milestones", method: "step", expected: "numbers of epochs joined by hyphens, such as 30-60", found: "nothing")
    #expect(throws: missing) { try ScheduleCatalog.schedule("step:factor=0.5") }
  }

  @Test(arguments: [
    "", "linear", "constant:x=1", "step", "step:milestones=", "step:milestones=3-", "step:milestones=3,factor=2",
    "step:milestones=3,milestones=4", "cosine:minimum=nan", "cosine:minimum", "cosine:",
    "triangular:peak=1", "restarts:growth=0.5", "one-cycle:start=0", "warmup:epochs=5", "warmup:epochs=5+nothing",
    "cosine+cosine",
  ])
  func refusesOthers(text: String) {
    #expect(read(text) == nil)
  }
}
