# Secrets: in the environment of commands and nowhere else.

begin_case
secret_env='Pâss w0rd"'"'"'\e1&é'
secret_file='fichier:S3cret/du+fichier=='
secret_command='C0mmande~secr%te'
printf '%s\n' "$secret_file" > "$here/secret"
printf '%s\n' "$secret_command" > "$here/third"
doc=$(document << END
secrets:
  one: {from: env, name: ESSAI_SECRET, as: ONE}
  two: {from: file, path: secret, as: TWO}
  three: {from: command, argv: [cat, $here/third], as: THREE}
steps:
  - id: tell
    run: |
      two=\$(cat "\$TWO")
      [ "\$TWO" = "$here/secret" ] && [ -n "\$ONE" ] && [ "\${#THREE}" = ${#secret_command} ] || exit 1
      for value in "\$ONE" "\$two" "\$THREE"; do
          printf 'raw <%s>\n' "\$value"
          printf 'raw on stderr <%s>\n' "\$value" >&2
          printf 'base64 <%s>\n' "\$(printf '%s' "\$value" | base64 -w 0)"
          printf 'base64 of a line <%s>\n' "\$(printf '%s\n' "\$value" | base64 -w 0)"
          printf 'hex <%s>\n' "\$(printf '%s' "\$value" | od -An -v -tx1 | tr -d ' \n')"
          printf 'HEX <%s>\n' "\$(printf '%s' "\$value" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F)"
          VALUE=\$value python3 -c 'import json, os, shlex, urllib.parse
      value = os.environ["VALUE"]
      print("url <" + urllib.parse.quote(value, safe="") + ">")
      print("json <" + json.dumps(value, ensure_ascii=False) + ">")
      print("shell <" + shlex.quote(value) + ">")'
          VALUE=\$value python3 -c 'import os, sys, time
      bytes = os.environb[b"VALUE"]
      sys.stdout.write("split <"); sys.stdout.flush()
      for byte in bytes: os.write(1, bytes[:0] + b"%c" % byte); time.sleep(0.002)
      print(">")'
      done
      ps -eo args > "\$MARKS/processes"
      sleep 0.1
  - {id: output, run: 'printf %s "\$THREE" > "\$RB_OUT/value"', outputs: {value: {type: string}}, on_error: continue}
  - {id: row, sql: {transaction: "SELECT rtrim(pg_read_file('$here/third'), E'\\\\n') AS n"}, outputs: {n: {type: string}}, on_error: continue}
  - {id: message, sql: "SELECT pg_read_file('$here/third')::int", on_error: continue}
END
)
export ESSAI_SECRET=$secret_env
rb run "$doc"
exits "a run with secrets" 0
shows "an output with a secret is refused" "output value contains a secret"
shows "a row with a secret is refused" "its row contains a secret"
shows "a server's message with a secret is masked" 'invalid input syntax.*\*\*\*\*\*\*\*\*'
cp "$out" "$here/told"
leaks=$(SECRETS=$secret_env$'\n'$secret_file$'\n'$secret_command python3 - "$RUNBOOK_STATE_DIR" "$here/told" "$marks/processes" << 'END'
import base64, json, os, shlex, sys, urllib.parse

def forms(text):
    data = text.encode()
    yield from (data, base64.b64encode(data), base64.b64encode(data + b"\n"), data.hex().encode(),
                data.hex().upper().encode(), urllib.parse.quote(text, safe="").encode(),
                json.dumps(text, ensure_ascii=False)[1:-1].encode(), shlex.quote(text).encode())

paths = [sys.argv[2], sys.argv[3]]
for folder, _, names in os.walk(sys.argv[1]):
    # What a command leaves in $RB_OUT is its own.
    if not folder.endswith("/outputs"):
        paths += [os.path.join(folder, name) for name in names]
for path in paths:
    content = open(path, "rb").read()
    for secret in os.environ["SECRETS"].splitlines():
        for form in forms(secret):
            if form in content:
                print(os.path.basename(path), form.decode(errors="replace"))
END
)
equal "no form of a secret in journal, logs, messages or argument lists" "" "$leaks"
log=$RUNBOOK_STATE_DIR/runs/$(the_run)/attempts/tell.run.1/stdout.log
for form in raw base64 'base64 of a line' hex HEX url shell split; do
    equal "masked: $form" 3 "$(grep -c "^$form <'\?\*\*\*\*\*\*\*\*'\?>" "$log")"
done
equal "masked on standard error" 3 "$(grep -c '^raw on stderr <\*\*\*\*\*\*\*\*>' "${log%stdout.log}stderr.log")"
end_case

begin_case
doc=$(document << 'END'
secrets: {one: {from: env, name: ESSAI_SECRET, as: ONE}}
steps:
  - {id: hold, run: 'test -e "$MARKS/go"'}
  - {id: use, run: 'printf %s "$ONE" | wc -c > "$MARKS/length"'}
END
)
ESSAI_SECRET=premier rb run "$doc"
exits "a run that is held" 1
rb retry "$(the_run)" hold --reason essai
unset ESSAI_SECRET
rb resume "$(the_run)"
exits "without its secret nothing is taken up" 2
shows "the secret is named" "ESSAI_SECRET"
: > "$marks/go"
ESSAI_SECRET=deuxieme! rb resume "$(the_run)"
exits "with another value" 0
equal "secrets are read again at resume" 9 "$(tr -d ' ' < "$marks/length")"
end_case
told secrets "from environment, file and command, in eight forms and byte by byte: nowhere to be found"
