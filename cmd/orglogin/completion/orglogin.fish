# orglogin completion fish
function __orglogin_candidates
	set -l words (commandline --tokenize --cut-at-cursor --current-process)
	set -l current (commandline --current-token --cut-at-cursor)
	orglogin __complete fish $words[2..-1] "$current" 2>/dev/null
end
complete --command orglogin --arguments '(__orglogin_candidates)'
