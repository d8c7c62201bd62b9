// swift-tools-version: 6.1
import PackageDescription

/// One row per module: what it may import is the architecture (see README, "How it is built").
struct Module {
  let name: String
  let dependencies: [String]
  var testDependencies: [String] = []
}

let modules: [Module] = [
  Module(name: "Wording", dependencies: []),
  Module(name: "Hyperparameters", dependencies: ["Wording"]),
  Module(name: "Networks", dependencies: ["Hyperparameters", "Wording"]),
  Module(name: "Reference", dependencies: ["Networks"]),
  Module(name: "Compute", dependencies: ["Networks", "CKernels", "COneDNN"], testDependencies: ["Reference"]),
  Module(name: "HDF5", dependencies: ["CHDF5"]),
  Module(name: "Isolation", dependencies: ["Networks", "Wording"], testDependencies: ["Exchange"]),
  Module(
    name: "Exchange",
    dependencies: ["Wording", "Networks", "Isolation", "HDF5", "COpenSSL", "CPNG", "CTurboJPEG", "CZlib"],
    testDependencies: ["Compute", "Reference"]),
  Module(
    name: "Training", dependencies: ["Hyperparameters", "Networks", "Wording", "CKernels"],
    testDependencies: ["Compute", "Reference"]),
  Module(
    name: "Attacks", dependencies: ["Hyperparameters", "Networks"], testDependencies: ["Compute", "Reference"]),
  Module(
    name: "Defences", dependencies: ["Hyperparameters", "Networks", "Wording", "Attacks", "Training", "CTurboJPEG"],
    testDependencies: ["Compute", "Exchange", "Reference"]),
  Module(
    name: "Certification", dependencies: ["Hyperparameters", "Networks", "Training"],
    testDependencies: ["Attacks", "Compute", "HDF5", "Reference"]),
  Module(
    name: "AdvLab",
    dependencies: [
      "Hyperparameters", "Networks", "Compute", "Exchange", "Training", "Attacks", "Defences", "Certification",
    ]),
  Module(name: "Distribution", dependencies: ["Networks", "CMPI"]),
  Module(name: "Reports", dependencies: ["Wording"]),
  Module(name: "Arguments", dependencies: ["Wording"]),
  Module(
    name: "Commands",
    dependencies: [
      "Wording", "Hyperparameters", "Networks", "Isolation", "Reference", "Compute", "HDF5", "Exchange", "Training",
      "Attacks", "Defences", "Certification", "Distribution", "Reports", "Arguments", "CKernels",
    ], testDependencies: ["AdvLab"]),
]

let systemLibraries: [Target] = [
  // Used with the trait MPI alone.
  .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
  .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
  .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
]

func dependencies(_ names: [String]) -> [Target.Dependency] {
  names.map { name in
    name == "CMPI" || name == "Distribution"
      ? .target(name: name, condition: .when(traits: ["MPI"])) : .byName(name: name)
  }
}

/// What `advlab --version --verbose` shows; a package is built with it.
let commit = Context.environment["ADVLAB_COMMIT"]

let package = Package(
  name: "AdvLab",
  products: [
    .executable(name: "advlab", targets: ["advlab"]),
    .library(name: "AdvLab", targets: ["AdvLab"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Runs of several processes, on one machine or many, started by mpirun or srun.")
  ],
  targets: systemLibraries
    + [.target(name: "CKernels", cSettings: commit.map { [.define("ADVLAB_COMMIT", to: "\"\($0)\"")] } ?? [])]
    + modules.map { .target(name: $0.name, dependencies: dependencies($0.dependencies)) }
    + [
      .executableTarget(name: "advlab", dependencies: ["Commands"]),
      .target(name: "TestSupport", dependencies: ["Networks"], path: "Tests/TestSupport"),
    ]
    // What MPI does is seen where several processes run: Tests/Interop/ranks.py.
    + modules.filter { $0.name != "Distribution" }.map {
      .testTarget(
        name: $0.name + "Tests",
        dependencies: dependencies([$0.name, "TestSupport"] + $0.dependencies + $0.testDependencies))
    },
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && target.name != "CKernels" {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]
}
