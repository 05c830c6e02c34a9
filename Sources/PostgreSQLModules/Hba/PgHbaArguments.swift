import ModuleKit
import SQLClient

/// The options of `postgresql_pg_hba`.
public struct PgHbaArguments: ModuleArguments {
    let path: FilePath
    let rule: RuleArguments
    let rules: [ArgumentDictionary]?
    let rulesBehavior: RulesBehavior
    let overwrite: Bool
    let sortRules: Bool
    let create: Bool
    let backup: Bool
    let backupFile: String?
    let attributes: FileArguments
    let validate: Bool
    let reload: Bool
    let database: String?
    let connection: PostgreSQLConnectionArguments

    enum RulesBehavior: String, ArgumentChoice {
        case combine, conflict
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        path = form.required("dest", doc: "Path of the file.")
        rule = RuleArguments(form: &form)
        rules = form.optional(
            "rules",
            doc:
                "Several rules at once; each has the keys `address` (`source`, `src`), `comment`, `contype`, `databases`, "
                + "`method`, `netmask`, `options`, `state`, `users`, with the meaning and the defaults of the options of the same name."
        )
        rulesBehavior = form.defaulted(
            "rules_behavior", to: .conflict,
            doc:
                "With `rules`: `conflict` refuses the options of a single rule beside it, `combine` takes them as the "
                + "defaults of the rules.")
        overwrite = form.defaulted(
            "overwrite", to: false,
            doc: "Replace everything in the file, comments and includes too, by the rules of the task.")
        sortRules = form.defaulted(
            "sort_rules", to: true,
            doc:
                "Place a new rule before the first one that is wider; when false it comes last. Rules that are there are "
                + "never moved.")
        _ = form.defaulted(
            "keep_comments_at_rules", to: true, doc: "Has no effect: comments are always kept.")
        create = form.defaulted("create", to: false, doc: "Make the file when there is none.")
        backup = form.defaulted("backup", to: false, doc: "Keep a copy of the file before it is changed.")
        backupFile = form.optional(
            "backup_file",
            doc: "Path of that copy; beside the file, with process and time in its name, when omitted.")
        attributes = FileArguments(form: &form)
        validate = form.defaulted(
            "validate", to: false,
            doc:
                "Ask the server whether it understands the new file (`pg_hba_file_rules`); if not, the old one is put back "
                + "and the task fails. Needs the connection options.")
        reload = form.defaulted(
            "reload", to: false, doc: "Validate, then let the server read the changed file.")
        database = form.optional(
            "login_db", aliases: ["db"], doc: "Database to connect to, for `validate` and `reload`.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// The options of one rule.
    struct RuleArguments: Sendable {
        let connectionType: HbaRule.ConnectionType?
        let databases: String
        let users: String
        let address: String
        let netmask: String?
        let method: HbaRule.Method
        let options: String?
        let comment: String?
        let state: Presence

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        init(form: inout ArgumentForm) {
            connectionType = form.optional(
                "contype", doc: "Type of the rule. Without it and without `rules` the file is only read.")
            databases = form.defaulted(
                "databases", to: "all",
                doc: "Databases, with commas between them; each gets a rule of its own.")
            users = form.defaulted(
                "users", to: "all",
                doc: "Roles (`+role` for its members), with commas between them; each gets a rule of its own."
            )
            address = form.defaulted(
                "address", to: "samehost", aliases: ["source", "src"],
                doc: "Network, host or keyword that connections come from; ignored for `local`.")
            netmask = form.optional("netmask", doc: "Mask of an address that comes without a size.")
            method = form.defaulted("method", to: .md5, doc: "How the role shows who it is.")
            options = form.optional(
                "options",
                doc: "Options of the method, `name=value` with spaces between them. Left out means none.")
            comment = form.optional(
                "comment",
                doc:
                    "Comment behind the rule, or, without `contype`, in a line of its own. Left as it is when omitted."
            )
            state = form.defaulted("state", to: .present, doc: "Whether the rule exists.")
        }
    }

    /// The options that Ansible's file modules have.
    struct FileArguments: Sendable {
        let owner: String?
        let group: String?
        let mode: JSONValue?
        let mayWriteInPlace: Bool
        /// Options that are accepted and only work where the host has no use for them.
        let labels: [String?]
        let flags: String?

        init(form: inout ArgumentForm) {
            owner = form.optional("owner", doc: "Owner of the file. Left as it is when omitted.")
            group = form.optional("group", doc: "Group of the file. Left as it is when omitted.")
            mode = form.optional(
                "mode",
                doc: "Permissions, as digits (`\"0640\"`) or changes (`g+r`). Left as they are when omitted.")
            mayWriteInPlace = form.defaulted(
                "unsafe_writes", to: false, environment: "ANSIBLE_UNSAFE_WRITES",
                doc: "Write into the file where it cannot be replaced as a whole (a container's mount).")
            labels = ["seuser", "serole", "setype", "selevel"].map { name in
                form.optional(
                    name, doc: "SELinux label; ignored on a host without SELinux, refused on others.")
            }
            flags = form.optional("attributes", aliases: ["attr"], doc: "Flags of the file system; refused.")
        }
    }
}
