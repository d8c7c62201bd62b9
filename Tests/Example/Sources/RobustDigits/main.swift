import AdvLab

// Data and a network that ship with the lab; any HDF5, NumPy, MNIST or CIFAR-10 files, and any Keras or PyTorch weights
// would do.
let directory = CommandLine.arguments.dropFirst().first ?? "Data"
let test = try Dataset.read(from: "\(directory)/digits.h5")
let model = try Model(contentsOf: "\(directory)/digits-cnn.h5", for: test)

// One attack. The evaluator re-checks every example that it returns.
let found = try model.attack(ProjectedGradient(steps: 20), on: test, eps: 0.1)
print("PGD:", found.evaluation.robustAccuracy.fraction ?? 0)

// A suite within several radii, with progress.
let results = try model.evaluate(Suite("fgsm,pgd:steps=20,noise"), on: test, eps: [0.05, 0.1]) { event in
  if case .finishedAttack(let found, let result) = event {
    print(" ", found.attack.title, "at", result.threat.radius, "leaves", found.accuracies.accuracy ?? 0)
  }
}
print("union:", results.map { $0.union.accuracy ?? 0 })

// Adversarial training, then the same attack again.
let training = try Dataset.read(from: "\(directory)/digits.h5", DatasetSelection(split: "train"))
let robust = try Model(architecture: "digits-cnn", for: training)
var preset = try Preset.named("fast", for: training.imageShape)
try preset.defence.set("eps", to: "0.1")
try robust.train(on: training, with: preset, epochs: 10)
try robust.write(to: "robust.h5", probe: test)
let harder = try robust.attack(ProjectedGradient(steps: 20), on: test, eps: 0.1)
print("after training:", harder.evaluation.robustAccuracy.fraction ?? 0)
