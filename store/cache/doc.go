// Package cache remembers the answers of a store for a while: in the process,
// then in Redis, then the store itself is asked. It is a store like any other.
//
// What is remembered: an organization by slug (unknown slugs too, briefly and
// apart), a person with their memberships, and the rows of sessions, which stay
// in the process. Invitations, flows and receipts never are. Errors never are
// either: when the store is away, what was known is told for a stated grace and
// called degraded, and what was not known is an error, never "not found".
//
// Slugs that nobody has reach the store a hundred times a second (two hundred, if
// they are repeated), however many are asked for. That refuses no slug that was
// real when this process last heard of it. One that it never heard of waits a
// quarter of a second at most for its turn, and if it is refused all the same, has
// a line of its own when asked again.
//
// # Nothing stale is kept
//
// Every answer depends on things that have a name: a slug, an organization, a
// person, a session. A change of one stamps it with the next number. Whoever
// asks the store takes the last number given before asking, and the answer
// counts only while nothing that it depends on carries a later one. So a value
// read before a change is never answered after it, whenever it arrives and
// whoever put it there; forgetting everything is one stamp. The stamps are a
// table of fixed size: two names that share a place forget more than needed,
// never less.
//
// Changes come from three sides: the person's own writes through this store, at
// once; [Listen], which PostgreSQL serves to every instance; and Redis pub/sub,
// on which each instance tells what it wrote. Whenever one of the last two is
// connected anew, everything is forgotten. While both are cut off, an answer is
// as old as [Config.TTL] at most.
//
// # Redis is advice
//
// It has 50 milliseconds. After one answer that did not come in that time nobody
// asks until the cache itself was answered, which a single slow answer delays by
// no more than that; when Redis hangs or fails, a breaker keeps it out and the
// cache tries it again every second, at no person's expense. A value there carries when it was read and a MAC over its key and
// itself, so that whoever can write to Redis can grant nothing. It is believed
// only if it was read after the last change heard here of all that it depends
// on, by the clocks of the instances, which may differ by two seconds: that
// holds against deletions that were lost, a restored snapshot and a value
// played back. Independently of clocks it is put there only in the place of the
// very bytes (a lease) that were seen before the store was asked, which any
// change in between has deleted.
//
// A flow is taken where Redis answers by Redis, else by the store. When Redis
// loses its memory between two takes, or answers one of them too late, the
// second may succeed; the provider then refuses the code, which is single-use
// and bound to the flow by PKCE. While Redis answers in time and keeps what it is
// told, and while it is away all the time, a flow is taken once.
package cache
