internal import Arguments
internal import Networks

/// What `bench` can measure, by the names on the command line.
enum BenchWork: String, CaseIterable, ArgumentValue, Codable {
  case attackTinyCNN = "pgd-tinycnn"
  case attackMNISTSmall = "pgd-mnist-small"
  case attackMNISTMadry = "pgd-mnist-madry"
  case attackResNet18 = "pgd-resnet18-cifar"
  case trainMNISTSmall = "fast-mnist-small"
  case trainMNISTMadry = "fast-mnist-madry"
  case predictMNISTMadry = "predict-mnist-madry"
  case predictResNet18 = "predict-resnet18-cifar"
  case startUp = "start-up"

  /// What is run on which network; nil for the start of the program itself.
  var task: BenchTask? {
    switch self {
    case .attackTinyCNN: BenchTask("tinycnn", [1, 8, 8], .attackGrey, batchSize: 256, steps: 40)
    case .attackMNISTSmall: BenchTask("mnist-small", [1, 28, 28], .attackGrey, batchSize: 250, steps: 40)
    case .attackMNISTMadry: BenchTask("mnist-madry", [1, 28, 28], .attackGrey, batchSize: 128, steps: 40)
    case .attackResNet18: BenchTask("resnet18-cifar", [3, 32, 32], .attackColour, batchSize: 32, steps: 10)
    case .trainMNISTSmall: BenchTask("mnist-small", [1, 28, 28], .training, batchSize: 100, steps: 40)
    case .trainMNISTMadry: BenchTask("mnist-madry", [1, 28, 28], .training, batchSize: 128, steps: 10)
    case .predictMNISTMadry: BenchTask("mnist-madry", [1, 28, 28], .inference, batchSize: 128, steps: 20)
    case .predictResNet18: BenchTask("resnet18-cifar", [3, 32, 32], .inference, batchSize: 32, steps: 5)
    case .startUp: nil
    }
  }
}

/// Some steps on one batch of images.
struct BenchTask {
  /// What a step does.
  enum Activity: Hashable {
    /// A step of L∞ PGD from a random start, on the cross-entropy, without early stop.
    case attack(radius: Float, stepSize: Float)
    /// An update of fast adversarial training, with the settings of `train --defence fast-mnist` at a constant rate.
    case training
    /// The logits of the batch.
    case inference

    static let attackGrey = Activity.attack(radius: 0.3, stepSize: 0.01)
    static let attackColour = Activity.attack(radius: 8 / 255, stepSize: 2 / 255)
  }

  let architecture: String
  let imageShape: Shape
  let activity: Activity
  /// Images.
  var batchSize: Int
  /// Steps of one run.
  var steps: Int
  /// Of every network here.
  let classCount = 10

  init(_ architecture: String, _ imageShape: Shape, _ activity: Activity, batchSize: Int, steps: Int) {
    self.architecture = architecture
    self.imageShape = imageShape
    self.activity = activity
    self.batchSize = batchSize
    self.steps = steps
  }

  /// What a step does with one image.
  var unit: String {
    switch activity {
    case .attack: "gradients"
    case .training: "examples"
    case .inference: "images"
    }
  }

  /// Whether it takes gradients of attacks and nothing else.
  var isAttack: Bool {
    switch activity {
    case .attack: true
    case .training, .inference: false
    }
  }

  /// The units of one run.
  var unitCount: Int { batchSize * steps }
}
