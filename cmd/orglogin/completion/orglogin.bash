# orglogin completion bash
_orglogin() {
	local IFS=$'\n'
	COMPREPLY=($(orglogin __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _orglogin orglogin
