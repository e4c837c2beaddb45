package config

import (
	"regexp"
	"slices"
	"strings"
)

// CheckNames refuses variables of the environment (NAME=VALUE each) with our prefix and another name than the
// known ones, which come without [Prefix]: a misspelt variable would leave its setting at the default. An empty
// one counts as unset. Their values are not shown, because they may be secrets.
func (c *Check) CheckNames(environ, known []string) {
	for _, name := range known {
		known = append(known, name+"_FILE")
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		name, ours := strings.CutPrefix(name, Prefix)
		if !ours || value == "" || slices.Contains(known, name) || setByKubernetes(name, value) {
			continue
		}
		fix := "Unset it. Run \"orglogin serve --help\" for all variables."
		if nearest := nearestName(name, known); nearest != "" {
			fix = "Write " + Prefix + nearest + ", or unset it."
		}
		c.Mistakes = append(c.Mistakes, Mistake{Variable: name, Problem: "is not a variable of this program", Fix: fix})
	}
}

var (
	serviceAddress = regexp.MustCompile(`(^|_)SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$`)
	servicePort    = regexp.MustCompile(`(^|_)PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)
	portValue      = regexp.MustCompile(`^((tcp|udp|sctp)(://.*)?|\d+|[0-9a-f.:]+)$`)
)

// setByKubernetes reports whether a variable is one of those that Kubernetes sets for each service of the
// namespace: for a service named orglogin they begin with our prefix.
func setByKubernetes(name, value string) bool {
	return serviceAddress.MatchString(name) || servicePort.MatchString(name) && portValue.MatchString(value)
}

// nearestName is the known name with the fewest edits, empty where a third of the name would change.
func nearestName(name string, known []string) string {
	name = strings.ToUpper(name)
	nearest, fewest := "", len(name)/3+2
	for _, k := range known {
		if n := editDistance(name, k); n < fewest {
			nearest, fewest = k, n
		}
	}
	return nearest
}

// editDistance counts the characters to insert, delete or replace (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
