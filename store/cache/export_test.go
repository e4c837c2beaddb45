package cache

// OpenRedisWithin is OpenRedis for tests that a busy machine must not hurry.
var OpenRedisWithin = openRedis

// ForgotAll reports whether s has forgotten everything, as it does when its subscription begins.
func (s *Store) ForgotAll() bool { return s.versions.all.Load() > 0 }

// The fuzz targets use a keyring directly.
var NewKeyring = newKeyring

func (k *keyring) Key(kind, id string) string { return k.key(kind, id) }

func (k *keyring) Sign(body []byte) []byte { return k.sign(body) }

func (k *keyring) Verify(raw []byte) (body []byte, ok bool) { return k.verify(raw) }
