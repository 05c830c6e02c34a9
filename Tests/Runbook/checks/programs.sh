# How the supervisor, which has no C library, finds programs, hands arguments over and reads what they leave.

begin_case
mkdir "$here/refused" "$here/good"
echo 'never executed' > "$here/refused/tool"
# Without a first line that names its shell: the kernel refuses it, and /bin/sh takes it.
echo 'echo "tool-$1" >> "$MARKS/effects"' > "$here/good/tool"
chmod +x "$here/good/tool"
cp "$here/good/tool" "$here/beside"
long=$(printf '%040000d' 0)
rb run "$(document << END
steps:
  - {id: later, argv: [tool, later], env: {PATH: "/nowhere:$here/refused:$here/good:/usr/bin:/bin"}}
  - {id: here, argv: [beside, here], env: {PATH: "/nowhere::/usr/bin:/bin"}}
  - {id: slash, argv: [good/tool, slash]}
  - id: long
    argv: [sh, -c, 'echo "\$#-\${#1}-\${#2}-\${#3}" >> "\$MARKS/effects"', sh, "$long", "", "$long"]
END
)"
exits "programs of PATH, of the working folder, of a path" 0
equal "each was found, with its arguments" "3-40000-0-40000×1 tool-here×1 tool-later×1 tool-slash×1" "$(marked)"
end_case

# unstartable NAME PROGRAM PATH REASON: the step fails and tells why.
unstartable() {
    begin_case
    mkdir "$here/refused"
    echo 'never executed' > "$here/refused/tool"
    rb run "$(document << END
steps:
  - {id: act, argv: [$2], env: {PATH: "$3"}}
END
)"
    exits "$1" 1
    shows "$1: why" "cannot be started: $4"
    end_case
}
unstartable "a program that is nowhere" tool /nowhere:/nothing "No such file or directory"
unstartable "a program that nobody may execute" tool refused:/nowhere "Permission denied"
unstartable "an empty name" '""' /usr/bin "No such file or directory"
unstartable "a path through a file" /etc/passwd/tool /usr/bin "Not a directory"

# More than one buffer: of the pipe, of the folder's entries, of the supervisor.
begin_case
rb run "$(document << 'END'
steps:
  - id: act
    run: |
      head -c 300001 /dev/zero | tr '\0' x
      head -c 70001 /dev/zero | tr '\0' y >&2
      for i in $(seq 400); do echo "$i" > "$RB_OUT/a_value_with_a_longer_name_$i"; done
    outputs: {a_value_with_a_longer_name_400: {type: int}}
    verify: outputs.a_value_with_a_longer_name_400 == 400
END
)"
exits "much output, many values" 0
equal "bytes of both streams" 1 "$(grep -c '"stderr_bytes":70001,"stdout":{[^}]*},"stdout_bytes":300001' "$(journal)")"
logs=$RUNBOOK_STATE_DIR/runs/$(the_run)/attempts/act.run.1
equal "the logs have them all" "300001 70001" "$(stat -c %s "$logs/stdout.log" "$logs/stderr.log" | tr '\n' ' ' | sed 's/ $//')"
equal "and nothing else" "0 0" "$(tr -d x < "$logs/stdout.log" | wc -c) $(tr -d y < "$logs/stderr.log" | wc -c)"
end_case

told programs "found along PATH, refused with the reason; long arguments, long output, many values"
