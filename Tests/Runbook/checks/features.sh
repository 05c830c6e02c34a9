# What the page of features names and no other group shows: plans, Ansible on several hosts, the live line, lists.

begin_case
doc=$(document << 'END'
params: {n: {type: int, default: 2}}
steps:
  - {id: one, title: Écrire, run: 'touch "$MARKS/one"', undo: {run: 'rm "$MARKS/one"'}}
  - {id: two, run: 'touch "$MARKS/two"', when: params.n > 5}
  - {id: row, sql: {transaction: "INSERT INTO mark VALUES ('plan')"}}
END
)
rb plan "$doc"
exits "a plan" 0
shows "it has the commands" 'touch "$MARKS/one"'
shows "and the statements" "INSERT INTO mark VALUES ('plan')"
shows "and what would be left out" "when: params.n > 5"
rb plan --json "$doc" -p n=9
exits "a plan for machines" 0
python3 -c 'import json, sys; plan = json.load(open(sys.argv[1])); assert [s["id"] for s in plan["steps"]] == ["one", "two", "row"]' "$out" \
    && pass || miss "a plan for machines names the steps" "$(cat "$out")"
equal "a plan executes nothing" "" "$(ls "$marks")"
equal "not even SQL" 0 "$(sql "SELECT count(*) FROM mark WHERE name = 'plan'")"
if [ -e "$RUNBOOK_STATE_DIR/runs" ]; then miss "a plan opens no run"; else pass; fi
end_case

# MARK: Ansible

playbook=
for candidate in "$(command -v ansible-playbook || true)" "${VIGIE_ANSIBLE_BIN:-$PWD/.venv/bin}/ansible-playbook"; do
    [ -n "$playbook" ] || ! [ -x "$candidate" ] || playbook=$candidate
done
begin_case
cat > "$here/mark.yml" << 'END'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: echo "{{ inventory_hostname }}-{{ note }}" >> "{{ marks }}/effects"
END
for host in north south west; do
    echo "$host ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'"
done > "$here/hosts"
doc=$(document << END
steps:
  - id: spread
    ansible: {playbook: mark.yml, inventory: hosts, limit: "north,south", extra_vars: {note: "à propos", marks: "$marks"}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
)
if [ -n "$playbook" ]; then
    PATH=$(dirname "$playbook"):$PATH rb run "$doc"
    exits "a playbook on two of three hosts" 0
    equal "a playbook on two of three hosts" 2 "$(grep -c -- '-à propos$' "$marks/effects")"
    equal "not on the third" 0 "$(grep -c west "$marks/effects")"
else
    skip "a playbook on two of three hosts" "no ansible-playbook"
fi
# A stand-in that loses a host: its tasks may have run.
mkdir -p "$here/bin"
printf '#!/bin/sh\necho "$*" > "%s/arguments"\nexit 4\n' "$here" > "$here/bin/ansible-playbook"
chmod +x "$here/bin/ansible-playbook"
rm -rf -- "$RUNBOOK_STATE_DIR"
PATH=$here/bin:$PATH rb run "$doc"
exits "a host that was lost in a playbook: in doubt" 3
if grep -q -- "mark.yml -i $here/hosts --limit north,south --extra-vars @" "$here/arguments"; then pass; else miss "arguments" "$(cat "$here/arguments")"; fi
if grep -q 'propos' "$here/arguments"; then miss "variables are no arguments"; else pass; fi
end_case

# MARK: The live line

begin_case
doc=$(document << 'END'
steps:
  - {id: slow, run: 'echo working; sleep 1.4'}
END
)
status=0
TERM=xterm timeout 60 python3 "$tests/talk.py" "" "$RUNBOOK" run "$doc" > "$out" < /dev/null || status=$?
exits "a run on a terminal" 0
shows "a line tells what goes on and how long" '00:0[01]  .*slow: slow'
shows "below it, its last words" '    | working'
rb run "$doc"
absent "no line where nobody looks" $'\e'
rb list
exits "the runs" 0
equal "one line for each" 2 "$(grep -c essai "$out")"
rb list --json
exits "the runs for machines" 0
python3 -c 'import json, sys; assert [json.loads(line)["runbook"] for line in open(sys.argv[1])] == ["essai", "essai"]' "$out" \
    && pass || miss "one object for each" "$(cat "$out")"
end_case
told features "plans that execute nothing, a playbook on chosen hosts, a line that lives, lists"
