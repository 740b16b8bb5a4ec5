import Testing
@testable import LogPipeline
