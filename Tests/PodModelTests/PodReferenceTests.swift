import Formats
import Testing

@testable import PodModel

@Suite("What a pod names") struct PodReferenceTests {
    @Test(arguments: [
        ("configmaps", #""volumes": [{"name": "v", "configMap": {"name": "it"}}]"#),
        ("secrets", #""volumes": [{"name": "v", "secret": {"secretName": "it"}}]"#),
        (
            "configmaps",
            #""volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "it"}}]}}]"#
        ),
        (
            "secrets",
            #""volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "it"}}]}}]"#
        ),
        (
            "persistentvolumeclaims",
            #""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "it"}}]"#
        ),
        ("secrets", #""imagePullSecrets": [{"name": "it"}]"#),
        ("serviceaccounts", #""serviceAccountName": "it""#),
        (
            "configmaps",
            #""initContainers": [{"name": "i", "image": "x", "envFrom": [{"configMapRef": {"name": "it"}}]}]"#
        ),
        (
            "secrets",
            #""initContainers": [{"name": "i", "image": "x", "envFrom": [{"secretRef": {"name": "it"}}]}]"#
        ),
        (
            "configmaps",
            #""initContainers": [{"name": "i", "image": "x", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "it", "key": "k"}}}]}]"#
        ),
        (
            "secrets",
            #""initContainers": [{"name": "i", "image": "x", "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "it", "key": "k"}}}]}]"#
        ),
    ])
    func `is found wherever it stands, and nothing else is`(resource: String, part: String) throws {
        let text =
            #"{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "x"}], "#
            + part + "}}"
        let spec = try Pod(json: try JSON.parse(text)).spec
        #expect(spec.refers(to: resource, named: "it"))
        #expect(!spec.refers(to: resource, named: "other"))
        let all = ["configmaps", "secrets", "persistentvolumeclaims", "serviceaccounts"]
        for other in all where other != resource {
            #expect(!spec.refers(to: other, named: "it"), "\(other)")
        }
    }
}
