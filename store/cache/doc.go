// Package cache caches the answers of a store in the process. It is a store
// like any other.
//
// What is cached: an organization by slug (unknown slugs too, briefly and
// separately), a person with their memberships, and the rows of sessions.
// Invitations, flows, receipts and errors never are. While the store is
// unavailable, a known answer is returned for a stated time and marked degraded;
// what is not known is an error, never "not found".
//
// Slugs that do not exist reach the store a hundred times a second (two hundred,
// if they are repeated), however many are requested. That refuses no slug that
// existed when this process last read it. One that it never read waits a
// quarter of a second at most for its turn, and if it is refused all the same, has
// a quota of its own when requested again.
//
// # No value read before a change is cached after it
//
// Every answer depends on a slug, an organization, a person or a session. A
// change of one of them records the next number for it. Each query takes the
// last number given before it begins, and its answer is valid only while nothing
// that it depends on has a later one. So a value read before a change is never
// returned after it, whenever it arrives; forgetting everything is one number.
// The numbers are a table of fixed size: two dependencies that share a place
// forget more than needed, never less.
//
// Changes are reported from three sides: by writes through this store, at once;
// by [Listen], which PostgreSQL serves to every instance; and by Redis pub/sub,
// where each instance publishes what it wrote. Whenever one of the last two is
// connected again, everything is forgotten. While both are lost, an answer is as
// old as [Config.TTL] at most.
//
// # Redis
//
// Redis holds taken flows and counts of limits, and distributes changes. It
// holds no value that is cached: a new instance reads each from the database,
// once. Redis has 50 milliseconds to answer. After one answer that did not come
// in that time no request uses Redis until a probe of the cache was answered;
// when Redis hangs or fails, a circuit breaker opens and the cache probes it every
// second. Messages carry a MAC, so that writing to Redis makes no instance
// forget anything.
//
// A flow is taken by Redis where it answers, otherwise by the store. When Redis
// loses its memory between two attempts, or answers one of them too late, the
// second may succeed; the provider then refuses the code, which is single-use
// and bound to the flow by PKCE. While Redis answers in time and keeps its
// memory, and while it is lost all the time, a flow is taken once.
package cache
