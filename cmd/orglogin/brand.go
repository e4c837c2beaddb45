package main

import (
	"errors"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/store/manage"
)

type organizationsBrand struct {
	organizationArgument
	Logo    string `placeholder:"FILE" xor:"logo" help:"PNG or WebP of at most 64 KiB and 512 by 512 pixels, shown beside the name."`
	NoLogo  bool   `name:"no-logo" xor:"logo" help:"Remove the logo."`
	Color   string `placeholder:"#RRGGBB" xor:"color" help:"Colour of buttons and links on its pages, on which white text has a contrast of 4.5:1 or more."`
	NoColor bool   `name:"no-color" xor:"color" help:"Remove the colour: buttons and links have the operator's again."`
	changeSettings
}

// Run says what it changed.
func (b *organizationsBrand) Run(env *environment) error {
	change := manage.OrganizationChange{Color: given[string](b.Color)}
	if b.NoColor {
		change.Color = new(string)
	}
	if b.NoLogo {
		change.Logo = &[]byte{}
	}
	if b.Logo != "" {
		logo, err := readLogo(b.Logo)
		if err != nil {
			return config.Misuse(fmt.Sprintf("--logo=%s %v", config.Show(b.Logo), err))
		}
		change.Logo = &logo
	}
	if change == (manage.OrganizationChange{}) {
		return errNothingToChange("--logo FILE, --no-logo, --color '#RRGGBB' or --no-color")
	}
	return b.run(env, func(m *manage.Manager) error {
		done, err := m.UpdateOrganization(env.ctx, commandCaller, b.Ref, change)
		if err != nil {
			return err
		}
		return printChange(env, b.JSON, b.Ref, done)
	})
}

// readLogo reads a file. An empty one would remove the logo. The error is the rest of a sentence that begins with the
// file.
func readLogo(name string) ([]byte, error) {
	logo, err := config.ReadFile(name, manage.MaxLogoBytes)
	if err == nil && len(logo) == 0 {
		err = errors.New("is empty: name a file with a PNG or a WebP, or write --no-logo")
	}
	return logo, err
}
