import Testing

@testable import StandIn

@Suite("Names of images") struct StandInImageTests {
    @Test(arguments: [
        ("busybox", "busybox", "busybox", nil), ("busybox:1.36", "busybox", "busybox", "1.36"),
        (
            "k8s.gcr.io/git-sync/git-sync:v3.6.0", "k8s.gcr.io/git-sync/git-sync", "git-sync",
            "v3.6.0"
        ),
        ("localhost:5000/a/b", "localhost:5000/a/b", "b", nil),
        ("a/b:c@sha256:00", "a/b", "b", "c"), ("", "", "", nil),
    ])
    func `a name has a repository and a tag`(
        _ text: String,
        _ repository: String,
        _ name: String,
        _ tag: String?
    ) {
        let image = StandInImage(text)
        #expect(image.repository == repository && image.name == name && image.tag == tag)
    }
}
