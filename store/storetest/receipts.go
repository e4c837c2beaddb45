package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// storedReceipt waits until a receipt is stored.
func (f *fixture) storedReceipt(userID, id string) store.Receipt {
	f.Helper()
	var got store.Receipt
	f.eventually(func() (complaint string) {
		var err error
		if got, err = f.s.Receipt(f.Context(), userID, id); err != nil {
			return err.Error()
		}
		return ""
	})
	return got
}

func (f *fixture) newReceipt(userID string) store.Receipt {
	return store.Receipt{ID: store.NewReceiptID(), UserID: userID, At: f.now, Decision: []byte("{\"b\": \"é <&> \\u2028\",\n  \"a\":1.0, \"a\":2}")}
}

func receipts() []behaviour {
	return slices.Concat(storedReceipts(), refusedReceipts())
}

func storedReceipts() []behaviour {
	return []behaviour{
		{"are kept byte for byte for their person", func(f *fixture) {
			r := f.newReceipt(f.profile(someone()).ID)
			f.must(f.s.SaveReceipt(f.Context(), r))
			if d := cmp.Diff(r, f.storedReceipt(r.UserID, r.ID)); d != "" {
				f.Error(d)
			}
			got, err := f.s.AnyReceipt(f.Context(), r.ID)
			f.must(err)
			if d := cmp.Diff(r, got); d != "" {
				f.Error(d)
			}
		}},
		{"of another person are not found", func(f *fixture) {
			r := f.newReceipt(f.profile(someone()).ID)
			f.must(f.s.SaveReceipt(f.Context(), r))
			f.storedReceipt(r.UserID, r.ID)
			_, err := f.s.Receipt(f.Context(), f.profile(someone()).ID, r.ID)
			f.is(err, store.ErrNotFound)
			_, err = f.s.Receipt(f.Context(), store.NewID(), r.ID)
			f.is(err, store.ErrNotFound)
		}},
		{"that were not stored are not found", func(f *fixture) {
			ann := f.profile(someone())
			_, err := f.s.Receipt(f.Context(), ann.ID, store.NewReceiptID())
			f.is(err, store.ErrNotFound)
			_, err = f.s.AnyReceipt(f.Context(), store.NewReceiptID())
			f.is(err, store.ErrNotFound)
		}},
		{"older than 30 days are not found", func(f *fixture) {
			ann := f.profile(someone())
			old, young := f.newReceipt(ann.ID), f.newReceipt(ann.ID)
			old.At, young.At = f.now.Add(-store.ReceiptLifetime-time.Minute), f.now.Add(-store.ReceiptLifetime+time.Hour)
			f.must(f.s.SaveReceipt(f.Context(), old))
			f.must(f.s.SaveReceipt(f.Context(), young))
			f.storedReceipt(ann.ID, young.ID)
			_, err := f.s.Receipt(f.Context(), ann.ID, old.ID)
			f.is(err, store.ErrNotFound)
			_, err = f.s.AnyReceipt(f.Context(), old.ID)
			f.is(err, store.ErrNotFound)
		}},
		{"are never overwritten", func(f *fixture) {
			r := f.newReceipt(f.profile(someone()).ID)
			f.must(f.s.SaveReceipt(f.Context(), r))
			f.storedReceipt(r.UserID, r.ID)
			bob := f.profile(someone())
			forged := r
			forged.UserID, forged.Decision = bob.ID, []byte(`{}`)
			f.allowed(f.s.SaveReceipt(f.Context(), forged), store.ErrConflict)
			after := f.newReceipt(bob.ID)
			f.must(f.s.SaveReceipt(f.Context(), after))
			f.storedReceipt(bob.ID, after.ID)
			if d := cmp.Diff(r, f.storedReceipt(r.UserID, r.ID)); d != "" {
				f.Error(d)
			}
		}},
	}
}

func refusedReceipts() []behaviour {
	return []behaviour{
		{"of a person who does not exist are not stored", func(f *fixture) {
			lost, kept := f.newReceipt(store.NewID()), f.newReceipt(f.profile(someone()).ID)
			f.allowed(f.s.SaveReceipt(f.Context(), lost), store.ErrNotFound)
			f.must(f.s.SaveReceipt(f.Context(), kept))
			f.storedReceipt(kept.UserID, kept.ID)
			_, err := f.s.AnyReceipt(f.Context(), lost.ID)
			f.is(err, store.ErrNotFound)
		}},
		{"that are malformed are refused at once", func(f *fixture) {
			good := f.newReceipt(f.profile(someone()).ID)
			for name, change := range map[string]func(*store.Receipt){
				"id":       func(r *store.Receipt) { r.ID = "short" },
				"person":   func(r *store.Receipt) { r.UserID = "unknown" },
				"time":     func(r *store.Receipt) { r.At = time.Time{} },
				"decision": func(r *store.Receipt) { r.Decision = []byte("{") },
				"nothing":  func(r *store.Receipt) { r.Decision = nil },
			} {
				r := good
				change(&r)
				if err := f.s.SaveReceipt(f.Context(), r); err == nil {
					f.Errorf("%s: no error", name)
				} else {
					f.is(err, store.ErrInvalid)
				}
			}
		}},
	}
}
