package manage

import (
	"orglogin/store"
)

// selectLogo is the path of the logo of a brand b.
const selectLogo = `CASE WHEN coalesce(b.logo_hash, '') = '' THEN '' ELSE '` + store.LogoPath + `' || b.logo_hash || '.png' END`

// sentBrand is the colour and the logo of a change, as they are stored.
type sentBrand struct {
	color string
	logo  logo
	bad   fields
}

func readBrand(c OrganizationChange) (sent sentBrand) {
	if c.Color != nil && *c.Color != "" {
		color, err := store.ParseBrandColor(*c.Color)
		if err != nil {
			sent.bad.add("color", "%s %v", shorten(*c.Color), err)
		}
		sent.color = color.String()
	}
	if c.Logo != nil {
		var err error
		if sent.logo, err = parseLogo(*c.Logo); err != nil {
			sent.bad.add("logo", "%v", err)
		}
	}
	return sent
}

// logoURL is the path of the logo, empty without one.
func (s sentBrand) logoURL() string {
	if s.logo.hash == "" {
		return ""
	}
	return store.LogoURL(s.logo.hash)
}

// setBrand writes what differs of colour and logo.
func (o *operation) setBrand(was, n Organization, sent sentBrand) error {
	err := o.exec(`INSERT INTO orglogin.organization_brands (organization_id) VALUES ($1) ON CONFLICT (organization_id) DO NOTHING`, n.ID)
	if err == nil && n.Color != was.Color {
		err = o.exec(`UPDATE orglogin.organization_brands SET color = $2 WHERE organization_id = $1`, n.ID, n.Color)
	}
	if err == nil && n.Logo != was.Logo {
		png := sent.logo.png
		if png == nil {
			png = []byte{} // no logo is no NULL
		}
		err = o.exec(`UPDATE orglogin.organization_brands SET logo_hash = $2, logo = $3 WHERE organization_id = $1`, n.ID, sent.logo.hash, png)
	}
	o.changedOrganization(n.ID, n.Slug)
	return err
}
