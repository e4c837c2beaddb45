package storetest

import (
	"image/color"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
)

func (f *fixture) setBrand(o store.Organization, colour string, logo []byte) {
	f.Helper()
	_, err := f.manager().UpdateOrganization(f.Context(), command, o.Slug, manage.OrganizationChange{Color: &colour, Logo: &logo})
	f.must(err)
}

func (f *fixture) brandOf(o store.Organization) store.OrganizationBrand {
	f.Helper()
	all, err := f.s.OrganizationBrands(f.Context(), []string{o.ID})
	f.must(err)
	return all[o.ID]
}

func brands() []behaviour {
	return []behaviour{
		{"are read as they are now, one and several", func(f *fixture) {
			plain, branded := f.organization(store.Verified), f.organization(store.Pending)
			if got := f.brandOf(branded); got != (store.OrganizationBrand{}) {
				f.Errorf("without a brand it is %+v", got)
			}
			f.setBrand(branded, "#0b3d91", nil)
			want := store.OrganizationBrand{Color: "#0b3d91"}
			if got := f.brandOf(branded); got != want {
				f.Errorf("got %+v, want %+v", got, want)
			}
			all, err := f.s.OrganizationBrands(f.Context(), []string{plain.ID, branded.ID, store.NewID(), "no id"})
			f.must(err)
			if len(all) != 1 || all[branded.ID] != want {
				f.Errorf("got %+v", all)
			}
			f.setBrand(branded, "", nil)
			if all, err = f.s.OrganizationBrands(f.Context(), []string{plain.ID, branded.ID}); err != nil || len(all) != 0 {
				f.Errorf("after it was removed: %+v, %v", all, err)
			}
			if all, err = f.s.OrganizationBrands(f.Context(), nil); err != nil || len(all) != 0 {
				f.Errorf("of no organization: %+v, %v", all, err)
			}
		}},
		{"share a logo that is the same picture", func(f *fixture) {
			first, second := f.organization(store.Verified), f.organization(store.Verified)
			picture := managetest.Logo(len(first.Slug), 7, color.Gray{Y: first.ID[0]})
			f.setBrand(first, "", picture)
			f.setBrand(second, "", picture)
			hash := f.brandOf(first).Logo
			if got := f.brandOf(second).Logo; got != hash || !store.ValidLogoHash(hash) {
				f.Errorf("the hashes are %q and %q", hash, got)
			}
			f.setBrand(first, "", nil)
			png, err := f.s.Logo(f.Context(), hash)
			f.must(err)
			if store.LogoHash(png) != hash {
				f.Error("the logo has another hash")
			}
		}},
		{"have no logo under a hash that is unknown or no hash", func(f *fixture) {
			for _, hash := range []string{"", "x", store.LogoHash([]byte(store.NewID())), "../../etc/passwd", "\x00"} {
				_, err := f.s.Logo(f.Context(), hash)
				f.is(err, store.ErrNotFound)
			}
		}},
	}
}
