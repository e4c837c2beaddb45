package serve

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// keysEvery is the time between two looks at the file of signing keys.
const keysEvery = 2 * time.Second

// Reload reads the signing keys and the certificate of the API again. With an error the ones in use stay.
func (s *Service) Reload() error { return errors.Join(s.tokens.Reload(), s.api.reload()) }

// watchKeys reads the signing keys again when their file has changed, until ctx
// ends: a secret that an orchestrator mounts changes without a signal. A file
// that is half written is an error, and read again when it is whole.
func (s *Service) watchKeys(ctx context.Context) {
	tick := time.NewTicker(keysEvery)
	defer tick.Stop()
	for seen := s.keysRead; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// Before the reading: what is written in between is seen next time.
		now, err := os.Stat(s.config.Keys.SigningFile)
		if err != nil || sameContent(seen, now) {
			continue // taken away for a moment, by who replaces it
		}
		seen = now
		if err := s.Reload(); err != nil {
			s.logger.Error("the signing keys in use stay", "error", err)
			continue
		}
		s.logger.Info("the signing keys were read again")
	}
}

// sameContent compares the mode too: with the wrong one the file was refused.
func sameContent(a, b fs.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}
