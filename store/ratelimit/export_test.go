package ratelimit

// Buckets is how many keys are in memory.
func (l *Limiter) Buckets() int { return len(l.buckets) }
