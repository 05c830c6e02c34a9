@testable import RunbookJournal

/// A disk that keeps what is not synchronised aside: a power cut leaves any version of each sector that was written since.
final class SectorDisk: JournalStorage {
    private static let sectorBytes = 512

    /// What every reader sees while the power is on.
    private(set) var bytes: [UInt8] = []
    /// Versions of a sector since the last synchronisation, the durable one first.
    private var versions: [Int: [[UInt8]]] = [:]
    /// Lengths of the file since the last synchronisation, the durable one first.
    private var lengths = [0]

    func append(_ new: [UInt8]) {
        let first = bytes.count / Self.sectorBytes
        for sector in first...((bytes.count + new.count - 1) / Self.sectorBytes) where versions[sector] == nil
        {
            versions[sector] = [self.sector(sector)]
        }
        bytes += new
        for sector in first...((bytes.count - 1) / Self.sectorBytes) {
            versions[sector]?.append(self.sector(sector))
        }
        lengths.append(bytes.count)
    }

    func sync() {
        versions = [:]
        lengths = [bytes.count]
    }

    func truncate(to length: Int) {
        let last = length / Self.sectorBytes
        let durable = sector(last)
        bytes.removeLast(bytes.count - length)
        versions[last, default: [durable]].append(sector(last))
        lengths.append(length)
    }

    func releaseReserve() {}

    private func sector(_ number: Int) -> [UInt8] {
        Array(bytes.dropFirst(number * Self.sectorBytes).prefix(Self.sectorBytes))
    }

    /// Every content that a power cut may leave now: each length, with each version of each sector.
    func imagesAfterPowerCut() -> [[UInt8]] {
        var images: Set<[UInt8]> = []
        for length in lengths {
            var partial = [bytes.prefix(length).map { $0 }]
            for (sector, contents) in versions.sorted(by: { $0.key < $1.key }) {
                partial = partial.flatMap { image in
                    contents.map { Self.put($0, at: sector * Self.sectorBytes, into: image) }
                }
            }
            images.formUnion(partial)
        }
        return Array(images)
    }

    /// A version that is shorter than the sector is zeros from its end on.
    private static func put(_ content: [UInt8], at offset: Int, into image: [UInt8]) -> [UInt8] {
        var image = image
        for index in image.indices.clamped(to: offset..<(offset + sectorBytes)) {
            image[index] = index - offset < content.count ? content[index - offset] : 0
        }
        return image
    }
}
