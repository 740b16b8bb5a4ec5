public import Formats
internal import PodModel

/// Reads manifests: documents in YAML or JSON to objects that are ready to be applied.
///
/// Everything that is wrong in any document of any file is reported at once, with its place.
public struct ManifestLoader: Sendable {
    /// The namespace of objects that name none.
    public var namespace: String
    /// The limits of what is read.
    public var limits: FormatLimits

    /// Makes a loader for objects of a namespace.
    public init(namespace: String = "default", limits: FormatLimits = .standard) {
        self.namespace = namespace
        self.limits = limits
    }

    /// Loads the texts of files; a name is used in messages only.
    public func load(files: [(name: String, bytes: [UInt8])]) -> LoadResult {
        var load = Load(namespace: namespace)
        for (index, file) in files.enumerated() {
            load.read(file.bytes, name: file.name, index: index, limits: limits)
        }
        return load.result()
    }
}

/// One run of the loader.
private struct Load {
    private struct Found {
        var file: Int
        var position: Position
        var order: Int
        var finding: ManifestFinding
    }

    private let namespace: String
    private var found: [Found] = []
    private var objects: [(rank: Int, object: ManifestObject)] = []
    private var places: [String: String] = [:]
    private var file = (name: "", index: 0)
    /// The way to the object inside a list of objects.
    private var outer = FieldPath()

    private static let listDepthMaximum = 4

    init(namespace: String) {
        self.namespace = namespace
    }

    mutating func read(_ bytes: [UInt8], name: String, index: Int, limits: FormatLimits) {
        file = (name, index)
        outer = FieldPath()
        do {
            let trees = try YAML.documents(in: bytes, limits: limits)
            if trees.isEmpty {
                report(nil, .start, "the file holds no object", "write at least one document")
            }
            for tree in trees {
                outer = FieldPath()
                document(tree, depth: 0)
            }
        } catch {
            report(nil, error.position ?? .start, error.what, error.remedy)
        }
    }

    func result() -> LoadResult {
        let findings = found.sorted {
            ($0.file, $0.position, $0.order) < ($1.file, $1.position, $1.order)
        }
        let isValid = findings.allSatisfy(\.finding.isWarning)
        let sorted = objects.enumerated().sorted {
            ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
        }
        return LoadResult(
            objects: isValid ? sorted.map(\.element.object) : [],
            findings: findings.map(\.finding)
        )
    }

    // MARK: One document

    private mutating func document(_ tree: PositionedTree, depth: Int) {
        guard tree.mapping != nil else {
            report(
                FieldPath(),
                tree.position,
                "an object is expected",
                "begin it with apiVersion and kind"
            )
            return
        }
        guard let kind = text("kind", in: tree, fix: "such as kind: Pod"),
            let entry = entry(kind, tree)
        else {
            _ = text("apiVersion", in: tree, fix: "such as apiVersion: v1")
            return
        }
        guard let version = text("apiVersion", in: tree, fix: "write \(entry.version)") else {
            return
        }
        guard version == entry.version || (entry.treatment == .leftOut && version != "v1") else {
            report(
                "apiVersion",
                tree.position(of: "apiVersion"),
                "no kind \"\(kind)\" is known in version \"\(version)\"",
                "write apiVersion: \(entry.version)"
            )
            return
        }
        switch entry.treatment {
        case .served: served(tree, kind, entry)
        case .list: list(tree, depth)
        case .leftOut:
            report(
                "kind",
                tree.position(of: "kind"),
                "\(kind) is left out: Remora does not run it yet",
                isWarning: true
            )
        }
    }

    private mutating func entry(_ kind: String, _ tree: PositionedTree) -> KindCatalog.Entry? {
        if let entry = KindCatalog.entries[kind] { return entry }
        let hint =
            KindCatalog.nearest(to: kind).map { "did you mean \"\($0)\"?" }
            ?? "supported kinds are \(KindCatalog.supported)"
        report("kind", tree.position(of: "kind"), "unknown kind \"\(kind)\"", hint)
        return nil
    }

    private mutating func text(
        _ field: String,
        in tree: PositionedTree,
        fix remedy: String
    ) -> String? {
        let path = FieldPath([.key(field)])
        guard let value = tree[field], value.scalar?.value.isNull != true else {
            report(path, tree.position, "Required value", remedy)
            return nil
        }
        guard let text = value.scalar?.value.string, !text.isEmpty else {
            report(path, tree.position(of: path), "a string is expected", remedy)
            return nil
        }
        return text
    }

    private mutating func list(_ tree: PositionedTree, _ depth: Int) {
        guard depth < Self.listDepthMaximum else {
            report("items", tree.position, "lists are nested too deep", "write the objects flat")
            return
        }
        guard let items = tree["items"]?.sequence else {
            report("items", tree.position(of: "items"), "a list is expected", "write items: []")
            return
        }
        let before = outer
        for (index, item) in items.enumerated() {
            outer = (before + "items")[index]
            document(item, depth: depth + 1)
        }
        outer = before
    }

    private mutating func served(
        _ tree: PositionedTree,
        _ kind: String,
        _ entry: KindCatalog.Entry
    ) {
        var (json, findings) = Validation.check(tree, kind: kind)
        findings += ServerFields.strip(from: &json)
        for finding in findings {
            report(
                finding.path,
                tree.position(of: finding.path),
                finding.what,
                finding.remedy,
                isWarning: finding.isWarning
            )
        }
        var written = tree.json
        _ = ServerFields.strip(from: &written)
        let name = json["metadata"]?["name"]?.string ?? ""
        var home = ""
        if entry.isNamespaced {
            home = json["metadata"]?["namespace"]?.string ?? ""
            if home.isEmpty {
                home = namespace
                json["metadata"]?["namespace"] = .string(home)
                written["metadata"]?["namespace"] = .string(home)
            }
        }
        let object = ManifestObject(
            kind: kind,
            namespace: home,
            name: name,
            json: json,
            written: written,
            file: file.name,
            tree: tree
        )
        objects.append((entry.rank, object))
        checkName(object)
    }

    private mutating func checkName(_ object: ManifestObject) {
        let path: FieldPath = "metadata.name"
        let position = object.tree.position(of: path)
        guard !object.name.isEmpty else {
            if object.json["metadata"]?["generateName"] != nil {
                report(
                    path,
                    position,
                    "Required value: generateName cannot be applied twice",
                    "give the object a name"
                )
            }
            return
        }
        let key = "\(object.kind)/\(object.namespace)/\(object.name)"
        if let place = places[key] {
            report(
                path,
                position,
                "Duplicate value: \"\(object.name)\"",
                "the same \(object.kind) stands at \(place)"
            )
        } else {
            places[key] = object.place
        }
    }

    private mutating func report(
        _ path: FieldPath?,
        _ position: Position,
        _ what: String,
        _ remedy: String = "",
        isWarning: Bool = false
    ) {
        let finding = ManifestFinding(
            file: file.name,
            position: position,
            path: path.map { FieldPath(outer.steps + $0.steps) },
            what: what,
            remedy: remedy,
            isWarning: isWarning
        )
        found.append(
            Found(file: file.index, position: position, order: found.count, finding: finding)
        )
    }
}
