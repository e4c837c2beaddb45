-- +goose Up

-- Email domains that an organization claims: see store.Domain. At most one organization has
-- verified one.
CREATE TABLE organization_domains (
    organization_id TEXT NOT NULL CONSTRAINT organization_domains_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    domain          TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'pending',
    join_mode       TEXT NOT NULL DEFAULT 'off',
    discoverable    INTEGER NOT NULL DEFAULT 0,
    token           TEXT NOT NULL,
    by_hand         INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    verified_at     INTEGER,
    checked_at      INTEGER,
    failing_since   INTEGER,
    next_check_at   INTEGER,
    detail          TEXT NOT NULL DEFAULT '',
    CONSTRAINT organization_domains_pkey PRIMARY KEY (organization_id, domain),
    CONSTRAINT organization_domains_domain_check CHECK (domain <> '' AND domain NOT GLOB '*[^a-z0-9.-]*'),
    CONSTRAINT organization_domains_status_check CHECK (status IN ('pending', 'verified', 'lapsed')),
    CONSTRAINT organization_domains_join_mode_check CHECK (join_mode IN ('off', 'request', 'auto')),
    CONSTRAINT organization_domains_booleans_check CHECK (discoverable IN (0, 1) AND by_hand IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX organization_domains_verified_key ON organization_domains (domain) WHERE status = 'verified';
CREATE INDEX organization_domains_next_check_at_idx ON organization_domains (next_check_at) WHERE status <> 'pending' AND by_hand = 0;

CREATE TABLE join_requests (
    id              TEXT NOT NULL CONSTRAINT join_requests_pkey PRIMARY KEY,
    organization_id TEXT NOT NULL CONSTRAINT join_requests_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    profile_id      TEXT NOT NULL CONSTRAINT join_requests_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    email           TEXT NOT NULL,
    state           TEXT NOT NULL DEFAULT 'waiting',
    created_at      INTEGER NOT NULL,
    decided_at      INTEGER,
    CONSTRAINT join_requests_id_check CHECK (length(id) = 36),
    CONSTRAINT join_requests_state_check CHECK (state IN ('waiting', 'approved', 'declined')),
    CONSTRAINT join_requests_decided_check CHECK ((state = 'waiting') = (decided_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX join_requests_waiting_key ON join_requests (profile_id, organization_id) WHERE state = 'waiting';
CREATE INDEX join_requests_profile_id_idx ON join_requests (profile_id);
CREATE INDEX join_requests_organization_id_idx ON join_requests (organization_id, created_at);
