/// The list of planted defects, `defauts_plantes.csv`.
struct SeedDefectList {
    let file: SeedFile

    init(folder: String) throws(SeedFailure) {
        file = try SeedFile(folder: folder, name: "defauts_plantes", columns: ["code", "table", "cle"])
    }

    func note(_ defect: SeedDefect, key: String) throws(SeedFailure) {
        file.add(defect.rawValue)
        file.add(defect.table)
        file.add(key)
        try file.endRow()
    }

    func note(_ defect: SeedDefect, key: Int) throws(SeedFailure) {
        try note(defect, key: String(key))
    }
}
