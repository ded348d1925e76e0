import CoreInvariant
import Harness

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    hold(start, count) { try CoreInvariant.check($0) }
}
