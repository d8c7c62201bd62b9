internal import Defences
internal import Networks

/// Some steps on one batch of images.
struct Workload {
  /// What is done.
  enum Activity: Hashable {
    /// A step of L∞ PGD from a random start, on the cross-entropy, without early stop.
    case attack(radius: Float, stepSize: Float)
    /// An update of robust training, with the settings of its preset at a constant rate and without augmentation.
    case training(Defence)
    /// The logits of the batch.
    case inference
    /// The whole of AutoAttack's standard version, L∞, on a network trained for a moment.
    case evaluation(radius: Float)
    /// The margins of the batch by CROWN, on a network trained for a moment.
    case certification(radius: Float)

    static let attackGrey = Activity.attack(radius: 0.3, stepSize: 0.01)
    static let attackColour = Activity.attack(radius: 8 / 255, stepSize: 2 / 255)
  }

  /// How a network is trained, by the name of the preset.
  enum Defence: String {
    case fast, trades

    /// The gradients at every image that its attack takes.
    var attackSteps: Int {
      switch self {
      case .fast: 1
      case .trades: Trades().steps
      }
    }

    /// The forward passes of every image: those of the attack, the logits that TRADES' attack keeps away from, and those
    /// that are learnt from.
    var forwards: Int {
      switch self {
      case .fast: attackSteps + learnt
      case .trades: attackSteps + 1 + learnt
      }
    }

    /// How many images take the place of one in the loss.
    var learnt: Int {
      switch self {
      case .fast: 1
      case .trades: 2
      }
    }
  }

  /// The network, with its hyper-parameters.
  var architecture: String
  let imageShape: Shape
  let activity: Activity
  /// The number of images.
  var batchSize: Int
  /// The number of steps in one run.
  var steps: Int
  /// How many times the smallest of its series; nil for a workload by itself.
  var growth: Int?
  /// The number of classes of every network here.
  let classCount = 10

  init(_ architecture: String, _ imageShape: Shape, _ activity: Activity, batchSize: Int, steps: Int) {
    self.architecture = architecture
    self.imageShape = imageShape
    self.activity = activity
    self.batchSize = batchSize
    self.steps = steps
  }

  /// How the files of its weights and images are called: after the network, and whether it is trained.
  var fileName: String { isTrained ? "\(architecture)-trained" : architecture }

  /// What is counted: a step makes one for each image.
  var unit: String {
    switch activity {
    case .attack: "gradients"
    case .training: "examples"
    case .inference, .evaluation, .certification: "images"
    }
  }

  /// Whether its gradients are those of attacks and nothing else.
  var isAttack: Bool {
    switch activity {
    case .attack, .evaluation: true
    case .training, .inference, .certification: false
    }
  }

  /// Whether the weights are trained: random ones are no resistance, and say nothing of the time that one costs.
  var isTrained: Bool {
    switch activity {
    case .evaluation, .certification: true
    case .attack, .training, .inference: false
    }
  }

  /// Whether it runs on the engine's kernels, whose times can be told.
  var hasKernels: Bool {
    switch activity {
    case .certification: false
    case .attack, .training, .inference, .evaluation: true
    }
  }

  /// Whether a run is made of steps.
  var hasSteps: Bool {
    switch activity {
    case .attack, .training, .inference: true
    case .evaluation, .certification: false
    }
  }

  /// The units of one run.
  var unitCount: Int { batchSize * steps }
}
