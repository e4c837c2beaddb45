package managetest

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// Logo is a PNG of one colour.
func Logo(width, height int, c color.Color) []byte {
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{c})
	var b bytes.Buffer
	_ = png.Encode(&b, picture) // to memory
	return b.Bytes()
}

// brandLife sets, replaces and removes a colour and a logo.
func brandLife(t *testing.T, db database) {
	made, other := db.organization(t, "acme"), db.organization(t, "globex")
	set := func(c manage.OrganizationChange) manage.Organization {
		t.Helper()
		done, err := db.UpdateOrganization(t.Context(), command, "acme", c)
		if err != nil {
			t.Fatal(err)
		}
		return done.After
	}
	blue, none, sent, noLogo := "#0B3D91", "", Logo(48, 40, color.Black), []byte{}
	got := set(manage.OrganizationChange{Color: &blue, Logo: &sent})
	hash, ok := store.ParseLogoURL(got.Logo)
	if got.Color != "#0b3d91" || !ok {
		t.Fatalf("got %+v", got)
	}
	if again := set(manage.OrganizationChange{Color: &blue, Logo: &sent}); again != got {
		t.Errorf("the same brand changed %+v", again)
	}
	if shown, err := db.Organization(t.Context(), command, "acme"); err != nil || shown != got {
		t.Errorf("got %+v, %v, want %+v", shown, err, got)
	}
	all, err := db.owner.OrganizationBrands(t.Context(), []string{made.ID, other.ID, "x"})
	if err != nil || len(all) != 1 || all[made.ID] != (store.OrganizationBrand{Color: "#0b3d91", Logo: hash}) {
		t.Errorf("the service reads %+v, %v", all, err)
	}
	stored, err := db.owner.Logo(t.Context(), hash)
	if err != nil || store.LogoHash(stored) != hash {
		t.Errorf("the logo is %d bytes, %v", len(stored), err)
	}
	if picture, err := png.Decode(bytes.NewReader(stored)); err != nil || picture.Bounds().Dx() != 48 || picture.Bounds().Dy() != 40 {
		t.Errorf("the logo is no PNG of 48 by 40: %v", err)
	}
	if got = set(manage.OrganizationChange{Logo: &noLogo}); got.Logo != "" || got.Color != "#0b3d91" {
		t.Errorf("without its logo it is %+v", got)
	}
	if _, err := db.owner.Logo(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a removed logo: %v", err)
	}
	if got = set(manage.OrganizationChange{Color: &none}); got != made {
		t.Errorf("without a brand it is %+v, and was %+v", got, made)
	}
	if actions := db.actions(t); len(actions) != 5 {
		t.Errorf("the audit log has %v", actions)
	}
	brandRefused(t, db)
}

func brandRefused(t *testing.T, db database) {
	text, yellow, large := []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "#ffdd00", Logo(513, 1, color.Black)
	_, err := db.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{Color: &yellow, Logo: &text})
	var refused *manage.Error
	if !errors.As(err, &refused) || len(refused.Fields) != 2 || !strings.Contains(err.Error(), "4.5:1") || !strings.Contains(err.Error(), "neither PNG nor WebP") {
		t.Errorf("got %v", err)
	}
	if _, err := db.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{Logo: &large}); !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), "513 × 1 pixels") {
		t.Errorf("got %v", err)
	}
}
