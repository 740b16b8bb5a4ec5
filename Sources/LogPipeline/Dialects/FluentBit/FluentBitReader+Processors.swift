import Basics
import Formats

extension FluentBitReader {
    /// Processors of an input: filters that see its records only, before all others.
    func readProcessors(of section: FluentBitSection, source id: String, _ plugin: String) {
        var last = id
        for processor in section.processors {
            guard let steps = steps(processor) else { continue }
            for step in steps.kinds {
                var transform = TransformSettings(
                    id: step.id,
                    inlet: Inlet([last]),
                    kind: step.kind
                )
                transform.place = processor.place.short
                configuration.transforms.append(transform)
                last = step.id
            }
        }
        replaceOutlet(id, with: last)
    }

    /// Processors of an output: filters that see its records only, after all others.
    func readProcessors(of section: FluentBitSection, sink index: Int, _ plugin: String) {
        for processor in section.processors {
            guard let steps = steps(processor) else { continue }
            for step in steps.kinds {
                var transform = TransformSettings(
                    id: step.id,
                    inlet: configuration.sinks[index].inlet,
                    kind: step.kind
                )
                transform.place = processor.place.short
                configuration.transforms.append(transform)
                // What the transform's match leaves out passes it by and is left out here again.
                configuration.sinks[index].inlet.from = [step.id]
            }
        }
    }

    private func steps(
        _ section: FluentBitSection
    ) -> (id: String, kinds: [(id: String, kind: TransformKind)])? {
        let keys = FluentBitKeys(section, log: log)
        guard let property = keys.one("name") else {
            log.error(section.place, "the processor has no name")
            return nil
        }
        let name = property.value.lowercased()
        guard FluentBitNames.filters.contains(name), name != "rewrite_tag" else {
            log.unsupported(
                property.place,
                "the processor \"\(name)\" is not supported",
                FluentBitNames.processors[name] ?? "write it as a filter"
            )
            return nil
        }
        let id = id(keys, "filter", name)
        keys.unsupported("condition", instead: "use the filter's own conditions")
        keys.accepted("match", "log_level")
        let kinds = transforms(name, keys)
        keys.finish()
        let named = kinds.enumerated().map { index, kind in
            (id: index == kinds.count - 1 ? id : "\(id)_\(index + 1)", kind: kind)
        }
        return (id, named)
    }
}
