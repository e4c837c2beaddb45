# orglogin completion fish
function __orglogin_candidates
	set -l words (commandline --tokenize --cut-at-cursor --current-process)
	set -l current (commandline --current-token --cut-at-cursor)
	set -l candidates (orglogin __complete fish $words[2..-1] "$current" 2>/dev/null)
	if set -q candidates[1]
		printf '%s\n' $candidates
	else
		__fish_complete_path "$current"
	end
end
complete --command orglogin --no-files --arguments '(__orglogin_candidates)'
