package clustertest

import "encoding/json"

// Place is one organization and who is a member of it, by subject at the
// provider.
type Place struct {
	Slug    string
	Members []string
}

// importFile is what brings the places in: their subdomains are verified, their
// members known to the provider.
func importFile(issuer string, places []Place) ([]byte, error) {
	type object map[string]any
	var organizations, users, memberships []object
	seen := map[string]bool{}
	for _, p := range places {
		organizations = append(organizations, object{"slug": p.Slug, "name": "The " + p.Slug, "subdomain_status": "verified"})
		for _, person := range p.Members {
			if !seen[person] {
				seen[person] = true
				users = append(users, object{"email": address(person), "issuer": issuer, "subject": person})
			}
			memberships = append(memberships, object{"organization": p.Slug, "email": address(person)})
		}
	}
	return json.Marshal(object{"organizations": organizations, "users": users, "memberships": memberships})
}

func address(person string) string { return person + "@acme.test" }
