/// Writes slots, and appointments with their history and reminders.
struct SeedAppointmentsWriter {
    let appointments: SeedAppointments
    let folder: String
    let defects: SeedDefectList

    private struct Files {
        let slots: SeedFile
        let appointments: SeedFile
        let history: SeedFile
        let reminders: SeedFile

        init(folder: String) throws(SeedFailure) {
            slots = try SeedFile(
                folder: folder, name: "rdv.creneau",
                columns: [
                    "creneau_id", "lieu_id", "service_id", "guichet", "periode", "capacite", "places_prises",
                ])
            appointments = try SeedFile(
                folder: folder, name: "rdv.rendez_vous",
                columns: [
                    "rendez_vous_id", "cree_le", "creneau_id", "service_id", "lieu_id", "usager_id",
                    "motif_rdv_id",
                    "demande_id", "demande_cree_le", "statut", "canal", "motif_annulation", "modifie_le",
                ])
            history = try SeedFile(
                folder: folder, name: "rdv.rendez_vous_statut_histo",
                columns: [
                    "rendez_vous_id", "rdv_cree_le", "rang", "statut_de", "statut_vers", "change_le",
                    "auteur",
                ])
            reminders = try SeedFile(
                folder: folder, name: "rdv.rappel",
                columns: ["rendez_vous_id", "rdv_cree_le", "canal", "prevu_le", "envoye_le"])
        }

        var all: [SeedFile] { [slots, appointments, history, reminders] }
    }

    private typealias Slot = SeedAppointments.Slot
    private typealias Appointment = SeedAppointments.Appointment

    func write() throws(SeedFailure) -> [SeedFile] {
        let files = try Files(folder: folder)
        var slotIndex = 0
        var index = 0
        for day in appointments.days {
            for slot in appointments.slots(of: day, from: slotIndex) {
                var taken = 0
                for _ in 0..<slot.bookings {
                    let appointment = appointments.appointment(index, in: slot)
                    if let defect = appointment.defect { try defects.note(defect, key: index + 1) }
                    try add(appointment, index, in: slot, to: files.appointments)
                    try addHistory(of: appointment, index, to: files.history)
                    try addReminder(of: appointment, index, in: slot, to: files.reminders)
                    if appointment.status != .cancelled { taken += 1 }
                    index += 1
                }
                try add(slot, taken: taken, to: files.slots)
                slotIndex += 1
            }
        }
        try addHolidaySlots(from: slotIndex, to: files.slots)
        return files.all
    }

    private func add(_ slot: Slot, taken: Int, to file: SeedFile) throws(SeedFailure) {
        var counted = taken
        if SeedDefect.wrongSlotCount.isPlanted(at: slot.index, every: 1000, from: 5, in: size) {
            counted += taken > 0 ? -1 : 1
            try defects.note(.wrongSlotCount, key: slot.index + 1)
        }
        file.add(slot.index + 1)
        file.add(slot.place)
        file.add(slot.service)
        file.add(slot.counter)
        file.addRange(from: slot.start, to: slot.end)
        file.add(slot.capacity)
        file.add(counted)
        try file.endRow()
    }

    private func add(
        _ appointment: Appointment, _ index: Int, in slot: Slot, to file: SeedFile
    ) throws(SeedFailure) {
        file.add(index + 1)
        file.add(appointment.created)
        file.add(slot.index + 1)
        file.add(slot.service)
        file.add(slot.place)
        file.add(appointment.person + 1)
        file.add(appointment.reason)
        file.add(appointment.request.map { $0.index + 1 })
        file.add(appointment.request?.created)
        file.add(appointment.status.rawValue)
        file.add(appointment.channel)
        file.add(appointment.status == .cancelled ? "annulé par l'usager" : nil)
        file.add(appointment.decided ?? appointment.created)
        try file.endRow()
    }

    private func addHistory(of appointment: Appointment, _ index: Int, to file: SeedFile) throws(SeedFailure)
    {
        func row(_ rank: Int, from: String?, to status: SeedAppointments.Status, at moment: SeedMoment)
            throws(SeedFailure)
        {
            file.add(index + 1)
            file.add(appointment.created)
            file.add(rank)
            file.add(from)
            file.add(status.rawValue)
            file.add(moment)
            file.add(rank == 1 && appointment.channel == "portail" ? "app_portail" : "reprise")
            try file.endRow()
        }
        try row(1, from: nil, to: .booked, at: appointment.created)
        if let decided = appointment.decided {
            let booked = SeedAppointments.Status.booked.rawValue
            try row(2, from: booked, to: appointment.status, at: decided)
        }
    }

    /// Two days before, when there were two days.
    private func addReminder(
        of appointment: Appointment, _ index: Int, in slot: Slot, to file: SeedFile
    ) throws(SeedFailure) {
        let planned = slot.start + -2 * 86_400
        guard appointment.status != .cancelled, planned > appointment.created else { return }
        file.add(index + 1)
        file.add(appointment.created)
        file.add(index.isMultiple(of: 3) ? "courriel" : "telephone")
        file.add(planned)
        file.add(planned < SeedPeriod.referenceMoment ? planned + (20 + index % 200) : nil)
        try file.endRow()
    }

    /// Slots on 14 July, at counters that serve nothing else.
    private func addHolidaySlots(from firstIndex: Int, to file: SeedFile) throws(SeedFailure) {
        for number in 0..<SeedDefect.slotOnHoliday.count(in: size) {
            let index = firstIndex + number
            let place = number % SeedAppointments.placeCount
            let rest = number / SeedAppointments.placeCount
            let start = SeedMoment(SeedDay(2025, 7, 14), secondOfDay: 30_600 + rest % 28 * 900)
            try defects.note(.slotOnHoliday, key: index + 1)
            file.add(index + 1)
            file.add(place + 1)
            file.add(1)
            file.add(9 + rest / 28)
            file.addRange(from: start, to: start + SeedAppointments.slotMinutes * 60)
            file.add(1)
            file.add(0)
            try file.endRow()
        }
    }

    private var size: SeedSize { appointments.requests.town.size }
}
