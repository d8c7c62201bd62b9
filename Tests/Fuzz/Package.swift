// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that `swift build` and `swift test` know nothing of it. See README.md beside it.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "AdvLab", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz-readers", dependencies: [.product(name: "AdvLab", package: "AdvLab")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6])
