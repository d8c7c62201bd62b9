public import Networks

/// The state of a run. A run that is continued from it gives the same bits as one that was never stopped: random numbers
/// depend on the seed, the epoch and the update, and need no state.
public struct TrainingState: Sendable, Equatable {
  /// The weights, running statistics included.
  public var parameters: Parameters
  /// What the optimiser remembers, and averaged weights.
  public var optimizer: OptimizerState
  /// What the objective carries from one mini-batch to the next.
  public var memory: Tensor<Float>?
  /// The epochs that are completed.
  public var epochs: [EpochRecord]
  /// The progress within the epoch after them.
  public var progress: EpochProgress
  /// The choice so far of the weights to end with.
  public var selection: EpochSelection

  /// Creates a state.
  public init(
    parameters: Parameters, optimizer: OptimizerState = OptimizerState(), memory: Tensor<Float>? = nil,
    epochs: [EpochRecord] = [], progress: EpochProgress = EpochProgress(), selection: EpochSelection = EpochSelection()
  ) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.memory = memory
    self.epochs = epochs
    self.progress = progress
    self.selection = selection
  }
}

/// The progress within an epoch.
public struct EpochProgress: Hashable, Sendable, Codable {
  /// Updates made.
  public var updates = 0
  /// The sum of the losses of the images so far.
  public var lossSum = 0.0
  /// How many of them got their label.
  public var correctCount = 0
  /// Wall time so far.
  public var seconds = 0.0

  /// The beginning.
  public init() {}
}

/// Which epoch's weights a model ends with; of equally good ones the first.
public enum EpochChoice: String, CaseIterable, Sendable {
  /// Those of the last epoch.
  case last
  /// Those with the largest accuracy on the validation images.
  case bestClean = "best-clean"
  /// Those with the largest accuracy under attack: robust overfitting makes later epochs worse (Rice, Wong and Kolter,
  /// arXiv 2002.11569).
  case bestRobust = "best-robust"
}

/// The weights of earlier epochs that the model may end with.
public struct EpochSelection: Sendable, Equatable {
  /// Weights that the model had.
  public struct Candidate: Sendable, Equatable {
    /// Counted from 1.
    public var epoch: Int
    /// The accuracy that it is chosen by.
    public var score: Double
    /// The update of the epoch after which the model had these weights, counted from 1; nil for its end.
    public var update: Int?
    /// The weights.
    public var parameters: Parameters

    /// Creates a candidate.
    public init(epoch: Int, score: Double, update: Int? = nil, parameters: Parameters) {
      self.epoch = epoch
      self.score = score
      self.update = update
      self.parameters = parameters
    }
  }

  /// The best epoch, where one is looked for.
  public var best: Candidate?
  /// The robust accuracies that the latest looks of the guard against collapse found.
  public var looks: [Double] = []
  /// The weights at its last look that found no fall.
  public var good: Candidate?
  /// The weights after the last epoch, averaged ones where the loop averages: what a run that fails goes back to.
  public var last: Parameters?
  /// When robust accuracy collapsed, which ended the run.
  public var collapse: Collapse?

  /// Before the first epoch.
  public init() {}

  /// The weights to end with; nil for those that the model has.
  func chosen(averages: Bool) -> Parameters? {
    best?.parameters ?? (collapse != nil ? good?.parameters : averages ? last : nil)
  }

  /// Takes note of a look; false where it saw a collapse.
  mutating func enter(
    _ finding: CollapseGuard.Finding, _ epoch: Int, _ update: Int, _ parameters: @autoclosure () -> Parameters
  ) -> Bool {
    switch finding {
    case .collapsed: return false
    case .good(let score):
      good = Candidate(epoch: epoch, score: score, update: update, parameters: parameters())
      looks.append(score)
    case .doubtful(let score): looks.append(score)
    }
    looks = looks.suffix(CollapseGuard.looksPerEpoch)
    return true
  }

  mutating func enter(_ record: EpochRecord, _ parameters: Parameters, loop: TrainingLoop) {
    last = parameters
    guard let score = record.score(for: loop.selection), score > best?.score ?? -1 else { return }
    best = Candidate(epoch: record.epoch, score: score, parameters: parameters)
  }
}

extension EpochRecord {
  fileprivate func score(for choice: EpochChoice) -> Double? {
    switch choice {
    case .last: nil
    case .bestClean: validationAccuracy
    case .bestRobust: robustAccuracy
    }
  }
}

/// Where the state of a run is kept: before the first update, after every epoch, when it is due and when the run is
/// cancelled.
public struct TrainingCheckpoints {
  /// Asked after every update.
  public var isDue: () -> Bool
  /// Keeps a state. An error it throws ends the run.
  public var save: (TrainingState) throws -> Void

  /// Creates a place.
  public init(isDue: @escaping () -> Bool = { false }, save: @escaping (TrainingState) throws -> Void) {
    self.isDue = isDue
    self.save = save
  }
}
