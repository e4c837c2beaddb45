package manage

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"orglogin/store"
)

// Domain is the claim of an organization to a DNS domain.
type Domain struct {
	Domain       string             `json:"domain"`
	Organization string             `json:"organization"` // its slug
	Status       store.DomainStatus `json:"status"`
	Join         store.JoinMode     `json:"join"`
	Discoverable bool               `json:"discoverable"`
	Record       string             `json:"record"` // name of the TXT record to set
	Value        string             `json:"value"`  // what it must say
	ByHand       bool               `json:"by_hand"`
	CreatedAt    time.Time          `json:"created_at"`
	VerifiedAt   *time.Time         `json:"verified_at"`
	CheckedAt    *time.Time         `json:"checked_at"`
	FailingSince *time.Time         `json:"failing_since"`
	Detail       string             `json:"detail"` // what the last check found
}

// DomainChange says what to set; nil leaves a value as it is.
type DomainChange struct {
	Join         *store.JoinMode `json:"join"`
	Discoverable *bool           `json:"discoverable"`
}

func (o *operation) selectDomains() string {
	return `
SELECT d.domain, o.slug, d.status, d.join_mode, d.discoverable, d.token, d.by_hand, d.created_at, d.verified_at, d.checked_at, d.failing_since, d.detail
FROM orglogin.organization_domains AS d ` + o.JoinOrganization("d.organization_id") + `
`
}

// scanDomain returns the token of the record too.
func scanDomain(scan func(...any) error) (n Domain, token string, err error) {
	var verified, checked, failing time.Time
	err = scan(&n.Domain, &n.Organization, &n.Status, &n.Join, &n.Discoverable, &token, &n.ByHand, &n.CreatedAt, &verified, &checked, &failing, &n.Detail)
	n.Record, n.Value = DomainRecord(n.Domain), DomainValue(token)
	n.VerifiedAt, n.CheckedAt, n.FailingSince = timeOrNull(verified), timeOrNull(checked), timeOrNull(failing)
	return n, token, err
}

// DomainRecord is the name of the TXT record that proves the ownership of a domain.
func DomainRecord(domain string) string { return "_orglogin." + domain }

// DomainValue is what the record says.
func DomainValue(token string) string { return "orglogin-verification=" + token }

// Domains lists those of an organization, or of all where it is empty, by organization and name.
func (m *Manager) Domains(ctx context.Context, by Caller, organization string, l List) (Page[Domain], error) {
	return read(ctx, m, by, func(o *operation) (Page[Domain], error) {
		p, err := l.check(new(string), new(string))
		if err != nil {
			return Page[Domain]{}, err
		}
		q := listing[Domain]{
			from: o.selectDomains(), key: "o.slug, d.domain",
			scan: func(scan func(...any) error) (Domain, error) {
				n, _, err := scanDomain(scan)
				return n, err
			},
			keyOf: func(n Domain) []any { return []any{n.Organization, n.Domain} },
		}
		if organization != "" || by.Bound() {
			organizationID, err := o.existingOrganization(cmp.Or(organization, by.OrganizationID))
			if err != nil {
				return Page[Domain]{}, err
			}
			q.where, q.args = "d.organization_id = $1", []any{organizationID}
		}
		return list(o, p, q)
	})
}

// Domain finds one of an organization by its name.
func (m *Manager) Domain(ctx context.Context, by Caller, organization, text string) (Domain, error) {
	return read(ctx, m, by, func(o *operation) (Domain, error) {
		d, err := o.domain(organization, text)
		return d.Domain, err
	})
}

// claim is a domain with what is not shown.
type claim struct {
	Domain
	organizationID, token string
}

func (o *operation) domain(organization, text string) (c claim, err error) {
	if c.organizationID, err = o.existingOrganization(organization); err != nil {
		return c, err
	}
	name, ok := store.NormalizeDomain(text)
	if !ok {
		return c, notFound("domain", text)
	}
	return c, o.readDomain(&c, name)
}

func (o *operation) readDomain(c *claim, name string) error {
	found := false
	err := o.Query(o.selectDomains()+`WHERE d.organization_id = $1 AND d.domain = $2`, []any{c.organizationID, name}, func(scan func(...any) error) (err error) {
		found = true
		c.Domain, c.token, err = scanDomain(scan)
		return err
	})
	if err == nil && !found {
		err = notFound("domain", name)
	}
	return err
}

// lockDomain is domain, for an operation that depends on what it finds.
func (o *operation) lockDomain(organization, text string) (claim, error) {
	c, err := o.domain(organization, text)
	if err != nil {
		return c, err
	}
	err = o.row(`SELECT domain FROM orglogin.organization_domains WHERE organization_id = $1 AND domain = $2 FOR UPDATE`,
		[]any{c.organizationID, c.Domain.Domain}, &c.Domain.Domain)
	if err != nil {
		return c, nameMissing(err, "domain", text)
	}
	return c, o.readDomain(&c, c.Domain.Domain)
}

// AddDomain claims a domain, which grants nothing. One that the organization claims already is returned as it is.
func (m *Manager) AddDomain(ctx context.Context, by Caller, organization, text string) (Domain, error) {
	return write(ctx, m, by, func(o *operation) (Domain, error) {
		name, err := m.DomainName(text)
		if err != nil {
			return Domain{}, Invalid(Field{"domain", err.Error()})
		}
		c := claim{}
		if c.organizationID, err = o.existingOrganization(organization); err != nil {
			return Domain{}, err
		}
		added, err := o.Exec(`
INSERT INTO orglogin.organization_domains (organization_id, domain, token, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (organization_id, domain) DO NOTHING`, c.organizationID, name, newDomainToken(), o.now)
		if err == nil {
			err = o.readDomain(&c, name)
		}
		if err != nil || added == 0 {
			return c.Domain, err
		}
		return c.Domain, o.audit(audited{action: "domain.add", organizationID: c.organizationID, target: name, after: c.Domain})
	})
}

// newDomainToken returns 32 random characters of [a-z2-7].
func newDomainToken() string {
	var b [20]byte
	rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// VerifyDomain asks for the record of a claim now. The error says why the domain is not verified; what the check
// found is stored in any case.
func (m *Manager) VerifyDomain(ctx context.Context, by Caller, organization, text string) (Domain, error) {
	c, err := read(ctx, m, by, func(o *operation) (claim, error) { return o.domain(organization, text) })
	if err != nil {
		return Domain{}, err
	}
	by.Once = nil // a repetition asks again: the answer may be another by then, and nothing is made twice
	verdict, detail := m.CheckDomain(ctx, c.Domain.Domain, c.token)
	after, err := write(ctx, m, by, func(o *operation) (Domain, error) {
		was, err := o.lockDomain(organization, text)
		if err != nil {
			return Domain{}, err
		}
		if was.token != c.token {
			return Domain{}, conflict(ReasonConflict, "the claim to %s was made again meanwhile: verify it again", c.Domain.Domain)
		}
		if err := o.RecordDomainCheck(was.organizationID, was.Domain.Domain, verdict, detail, o.now); err != nil {
			return Domain{}, domainHeld(err, was.Domain.Domain)
		}
		now := was
		if err := o.readDomain(&now, was.Domain.Domain); err != nil {
			return Domain{}, err
		}
		if now.Status == was.Status && now.ByHand == was.ByHand {
			return now.Domain, nil
		}
		return now.Domain, o.changedDomain("domain.verify", was, &now.Domain)
	})
	if err == nil && verdict != store.DomainProved {
		err = conflict(ReasonConflict, "%s is not verified now: %s", c.Domain.Domain, detail)
	}
	return after, err
}

// domainHeld says that another organization has verified the domain.
func domainHeld(err error, domain string) error {
	if errors.Is(err, store.ErrConflict) {
		return conflict(ReasonConflict, "another organization has verified %s: it is free when its claim there has lapsed or was removed, "+
			"and orglogin domains verify --by-hand --take-over moves it", domain)
	}
	return err
}

// ByHand says how an operator marks a domain verified.
type ByHand struct {
	TakeOver bool // take it from the organization that holds it
	Certain  bool // anybody can have an address in it, and that is meant
}

// VerifyDomainByHand marks a claim verified without a record, which is never checked then.
func (m *Manager) VerifyDomainByHand(ctx context.Context, by Caller, organization, text string, how ByHand) (Domain, error) {
	return write(ctx, m, by, func(o *operation) (Domain, error) {
		if err := o.forbidBound(organization, "a token that is bound to an organization does not verify a domain by hand"); err != nil {
			return Domain{}, err
		}
		was, err := o.lockDomain(organization, text)
		if err != nil {
			return Domain{}, err
		}
		name := was.Domain.Domain
		if m.MailProvider(name) && !how.Certain {
			return Domain{}, Invalid(Field{"domain", "is " + name + ", in which anybody can have an address, so anybody could join: add --i-know if that is meant"})
		}
		if how.TakeOver {
			err := o.exec(`
UPDATE orglogin.organization_domains
SET status = 'lapsed', detail = $3
WHERE domain = $2 AND status = 'verified' AND organization_id <> $1`, was.organizationID, name, store.TakenOver)
			if err != nil {
				return Domain{}, err
			}
		}
		err = o.exec(`
UPDATE orglogin.organization_domains
SET verified_at = CASE WHEN status = 'verified' THEN verified_at ELSE $3 END,
	status = 'verified', by_hand = TRUE, failing_since = NULL, detail = ''
WHERE organization_id = $1 AND domain = $2`, was.organizationID, name, o.now)
		now := was
		if err == nil {
			err = o.readDomain(&now, name)
		}
		if err != nil {
			return Domain{}, domainHeld(err, name)
		}
		return now.Domain, o.changedDomain("domain.verify_by_hand", was, &now.Domain)
	})
}

// UpdateDomain changes what is given.
func (m *Manager) UpdateDomain(ctx context.Context, by Caller, organization, text string, c DomainChange) (Changed[Domain], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Domain], err error) {
		var bad fields
		if c.Join != nil && !c.Join.Valid() {
			bad.add("join", "is %q, and must be off, request or auto", shorten(string(*c.Join)))
		}
		if err := bad.err(); err != nil {
			return done, err
		}
		was, err := o.lockDomain(organization, text)
		if err != nil {
			return done, err
		}
		if err := o.checkIfMatch(was.Domain); err != nil {
			return done, err
		}
		done.Before, done.After = was.Domain, was.Domain
		if c.Join != nil {
			done.After.Join = *c.Join
		}
		if c.Discoverable != nil {
			done.After.Discoverable = *c.Discoverable
		}
		if done.After.Join == was.Join && done.After.Discoverable == was.Discoverable {
			return done, nil
		}
		err = o.exec(`UPDATE orglogin.organization_domains SET join_mode = $3, discoverable = $4 WHERE organization_id = $1 AND domain = $2`,
			was.organizationID, was.Domain.Domain, string(done.After.Join), done.After.Discoverable)
		if err != nil {
			return done, err
		}
		return done, o.changedDomain("domain.update", was, &done.After)
	})
}

// RemoveDomain deletes a claim. Members stay, and another organization can verify the domain.
func (m *Manager) RemoveDomain(ctx context.Context, by Caller, organization, text string) (Domain, error) {
	return write(ctx, m, by, func(o *operation) (Domain, error) {
		was, err := o.lockDomain(organization, text)
		if err == nil {
			err = o.checkIfMatch(was.Domain)
		}
		if err != nil {
			return Domain{}, err
		}
		err = o.exec(`DELETE FROM orglogin.organization_domains WHERE organization_id = $1 AND domain = $2`, was.organizationID, was.Domain.Domain)
		if err != nil {
			return Domain{}, err
		}
		return was.Domain, o.changedDomain("domain.remove", was, nil)
	})
}

// changedDomain writes the audit entry. Domains are read at every question and cached nowhere.
func (o *operation) changedDomain(action string, was claim, now *Domain) error {
	entry := audited{action: action, organizationID: was.organizationID, target: was.Domain.Domain, before: was.Domain}
	if now != nil {
		entry.after = *now
	}
	return o.audit(entry)
}
