import Testing
@testable import VRL
