package cache

import "time"

// OpenRedisWithin is OpenRedis for tests that a busy machine must not hurry.
var OpenRedisWithin = openRedis

// The fuzz targets look into envelopes.
var NewEnvelope = newEnvelope

func (e *envelope) Key(kind, id string) string { return e.key(kind, id) }

func (e *envelope) Seal(key string, kind byte, at time.Time, body []byte) []byte {
	return e.seal(key, kind, at, body)
}

func (e *envelope) Open(key string, raw []byte) (kind byte, at time.Time, body []byte, ok bool) {
	return e.open(key, raw)
}
