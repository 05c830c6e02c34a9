section "the collection with its plugin, local connection"

documentation() { "$ansible_bin/ansible-doc" "$@" > "$out" 2>&1; }
documentation -l vigie.dba
for module in "${modules[@]}"; do
    check "ansible-doc lists $module" says "vigie.dba.$module "
done
for module in "${modules[@]}"; do
    check "ansible-doc renders $module" documentation -t module "vigie.dba.$module"
    check "  with examples and return values" grep -q "^EXAMPLES" "$out"
done

play all-modules -e target=here
check "every module runs through the plugin" succeeded
play all-modules -e target=here
check "  and changes nothing the second time" unchanged
play all-modules -e target=here -e state=absent
check "  and removes what it made" succeeded
play habits -e target=here
check "check, diff, module_defaults, loop, delegation, environment, odd text" succeeded

for module in "${modules[@]}"; do
    task "vigie.dba.$module" "no_such_option=1"
    check "$module refuses an unknown option cleanly" clean_failure
    check "  in Ansible's words" says "Unsupported parameters for"
done
