// swift-tools-version: 6.1
import PackageDescription

/// What it takes to use the lab from another package; built and run by `.ci/run`.
let package = Package(
  name: "RobustDigits",
  dependencies: [.package(name: "AdvLab", path: "../..")],
  targets: ["RobustDigits", "Articles"].map { name in
    .executableTarget(
      name: name, dependencies: [.product(name: "AdvLab", package: "AdvLab")],
      swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")])
  }
)
