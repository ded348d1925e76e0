// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "LoadBalancer",
    dependencies: [
        .package(name: "sip-proxy", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "LoadBalancer",
            dependencies: [
                .product(name: "SIPProxy", package: "sip-proxy")
            ]),
        .testTarget(
            name: "LoadBalancerTests",
            dependencies: [
                "LoadBalancer", .product(name: "SIPTesting", package: "sip-proxy"),
            ]),
    ])
