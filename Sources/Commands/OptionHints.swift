internal import Arguments

/// What other programs and papers call the lab's options, so that a name typed from habit finds its counterpart.
enum OptionHints {
  static let all: [String: OptionHint] = counterparts.merging(remarks) { own, _ in own }

  /// For each option of the lab, the names that other programs use for it.
  private static let namesElsewhere: [String: [String]] = [
    "eps": ["epsilon", "radius", "budget", "eps-max", "epsilons", "max-norm", "linf", "perturbation"],
    "step-size": ["alpha", "eps-iter", "eps-step", "rel-stepsize", "abs-stepsize", "stepsize", "step"],
    "steps": [
      "iterations", "iteration", "iters", "iter", "nb-iter", "n-iter", "max-iter", "num-steps", "num-iterations",
    ],
    "restarts": ["nb-restarts", "n-restarts", "num-restarts", "num-random-init", "repeats", "trials"],
    "random-start": ["rand-init", "random-init", "rand-start"],
    "targets": ["target", "targeted", "y-target", "target-class"],
    "norm": ["p", "ord", "lp", "order", "metric"],
    "lr": ["learning-rate", "lr-max", "lr-init", "base-lr"],
    "epochs": ["nb-epochs", "num-epochs", "n-epochs", "epoch"],
    "batch-size": ["batch", "bs", "b", "batchsize", "minibatch"],
    "optimizer": ["opt", "optim"],
    "schedule": ["lr-schedule", "scheduler", "lr-scheduler"],
    "weight-decay": ["wd", "decay", "l2"],
    "count": ["n", "num-examples", "n-examples", "num-samples", "n-samples", "samples", "examples", "limit", "n-ex"],
    "offset": ["start", "skip", "begin", "start-idx"],
    "model": ["weights", "network", "net", "ckpt", "model-path", "classifier"],
    "architecture": ["arch", "model-name"],
    "data": ["dataset", "data-path", "data-dir", "input"],
    "output": ["out", "o", "save", "save-path", "outfile"],
    "seed": ["random-seed", "rng", "random-state"],
    "threads": ["jobs", "j", "n-jobs", "num-workers", "workers", "cores", "num-threads", "cpus"],
    "defence": ["defense", "adversarial-training", "training-method"],
    "attack": ["method", "attack-type", "attack-name"],
    "suite": ["attacks", "attacks-to-run", "version"],
    "quiet": ["silent", "q"],
    "pixel-range": ["bounds", "clip-min", "clip-max", "clip-values"],
    "input-shape": ["image-shape", "input-size"],
    "classes": ["num-classes", "nb-classes", "n-classes"],
  ]

  private static let counterparts: [String: OptionHint] = namesElsewhere.reduce(into: [:]) { hints, entry in
    for name in entry.value { hints[name] = .called([entry.key]) }
  }

  private static let remarks: [String: OptionHint] = {
    let plots = OptionHint.remark(
      "There are no plots: --json prints every number, --output writes the images for h5py.")
    let devices = OptionHint.remark("advlab runs on the processor; --threads says how many threads it takes.")
    return [
      "plot": plots, "figure": plots, "show": plots, "visualize": plots, "visualise": plots, "device": devices,
      "gpu": devices, "cuda": devices, "verbose": .remark("Progress shows on a terminal; --quiet hides it."),
    ]
  }()
}
