-- +goose Up

-- Bearer tokens of the API, as their hashes. The organization is the one that a token is bound to.
CREATE TABLE api_tokens (
    id              TEXT NOT NULL CONSTRAINT api_tokens_pkey PRIMARY KEY,
    name            TEXT NOT NULL,
    token_hash      BLOB NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE,
    scopes          TEXT NOT NULL,
    organization_id TEXT CONSTRAINT api_tokens_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    last_used_at    INTEGER,
    revoked_at      INTEGER,
    CONSTRAINT api_tokens_token_hash_check CHECK (length(token_hash) = 32)
) STRICT;
CREATE INDEX api_tokens_organization_id_idx ON api_tokens (organization_id);

-- Answers to requests of the API with an Idempotency-Key, sealed, for a day.
CREATE TABLE idempotent_requests (
    token_id    TEXT NOT NULL CONSTRAINT idempotent_requests_token_id_fkey REFERENCES api_tokens (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT idempotent_requests_pkey PRIMARY KEY (token_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_created_at_idx ON idempotent_requests (created_at);

-- What operators changed. It refers to no row, because it outlives every one; when a person
-- is deleted, before and after of their entries become null.
CREATE TABLE audit (
    id              TEXT NOT NULL CONSTRAINT audit_pkey PRIMARY KEY,
    at              INTEGER NOT NULL,
    by_whom         TEXT NOT NULL,
    action          TEXT NOT NULL,
    organization_id TEXT NOT NULL DEFAULT '',
    target          TEXT NOT NULL,
    profile_id      TEXT NOT NULL DEFAULT '',
    email           TEXT NOT NULL DEFAULT '',
    before          TEXT NOT NULL,
    after           TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at_idx ON audit (at, id);
CREATE INDEX audit_organization_id_idx ON audit (organization_id, at, id);
CREATE INDEX audit_profile_id_idx ON audit (profile_id) WHERE profile_id <> '';
CREATE INDEX audit_email_idx ON audit (email) WHERE email <> '';

-- Invitations that are to be sent by mail. The token is sealed, and deleted when the mail is
-- sent or given up.
CREATE TABLE outbox (
    invitation_id   TEXT NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY
        CONSTRAINT outbox_invitation_id_fkey REFERENCES invitations (id) ON DELETE CASCADE,
    sealed_token    TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    detail          TEXT NOT NULL,
    CONSTRAINT outbox_state_check CHECK (state IN ('queued', 'sent', 'failed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_next_attempt_at_idx ON outbox (next_attempt_at) WHERE state = 'queued';
