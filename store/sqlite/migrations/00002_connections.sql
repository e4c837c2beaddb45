-- +goose Up

-- Organization connections: see store.Connection. Lists are JSON.
CREATE TABLE connections (
    id              TEXT NOT NULL CONSTRAINT connections_pkey PRIMARY KEY,
    organization_id TEXT NOT NULL CONSTRAINT connections_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    issuer          TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    sealed_secret   TEXT NOT NULL,
    email_verified  TEXT NOT NULL DEFAULT 'claim',
    userinfo        INTEGER NOT NULL DEFAULT 1,
    hosted_domains  TEXT NOT NULL DEFAULT '[]',
    tenants         TEXT NOT NULL DEFAULT '[]',
    private         INTEGER NOT NULL DEFAULT 0,
    state           TEXT NOT NULL DEFAULT 'draft',
    revision        INTEGER NOT NULL DEFAULT 1,
    tested_revision INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    CONSTRAINT connections_id_check CHECK (length(id) = 18 AND id GLOB 'c-*' AND substr(id, 3) NOT GLOB '*[^a-z2-7]*'),
    CONSTRAINT connections_state_check CHECK (state IN ('draft', 'tested', 'active', 'disabled'))
) STRICT;
CREATE INDEX connections_organization_id_idx ON connections (organization_id, name, id);

-- A test login that was prepared and not yet begun.
CREATE TABLE connection_tests (
    token_hash    BLOB NOT NULL CONSTRAINT connection_tests_pkey PRIMARY KEY,
    connection_id TEXT NOT NULL CONSTRAINT connection_tests_connection_id_fkey REFERENCES connections (id) ON DELETE CASCADE,
    revision      INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    CONSTRAINT connection_tests_token_hash_check CHECK (length(token_hash) = 32)
) STRICT;
CREATE INDEX connection_tests_connection_id_idx ON connection_tests (connection_id);
CREATE INDEX connection_tests_expires_at_idx ON connection_tests (expires_at);

-- The connections of the logins that a session was made by, each with its own time.
-- The organization is NULL for an operator connection.
CREATE TABLE session_connections (
    session_id      TEXT NOT NULL CONSTRAINT session_connections_session_id_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    connection_id   TEXT NOT NULL,
    organization_id TEXT,
    at              INTEGER NOT NULL,
    CONSTRAINT session_connections_pkey PRIMARY KEY (session_id, connection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_connections_connection_id_idx ON session_connections (connection_id) WHERE organization_id IS NOT NULL;

CREATE TABLE organization_settings (
    organization_id TEXT NOT NULL CONSTRAINT organization_settings_pkey PRIMARY KEY
        CONSTRAINT organization_settings_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    sso             TEXT NOT NULL DEFAULT 'off',
    CONSTRAINT organization_settings_sso_check CHECK (sso IN ('off', 'optional', 'required'))
) STRICT, WITHOUT ROWID;

-- How pages show an organization. The logo is a PNG; its hash is in its URL. With a rowid, which a table of large
-- values should have.
CREATE TABLE organization_brands (
    organization_id TEXT NOT NULL CONSTRAINT organization_brands_pkey PRIMARY KEY
        CONSTRAINT organization_brands_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    color           TEXT NOT NULL DEFAULT '',
    logo_hash       TEXT NOT NULL DEFAULT '',
    logo            BLOB NOT NULL DEFAULT x'',
    CONSTRAINT organization_brands_color_check CHECK (color = '' OR color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    CONSTRAINT organization_brands_logo_check CHECK ((length(logo_hash) = 32) = (length(logo) > 0) AND length(logo_hash) IN (0, 32))
) STRICT;
CREATE INDEX organization_brands_logo_hash_idx ON organization_brands (logo_hash) WHERE logo_hash <> '';

-- A connection that is no longer active, by whichever statement, is removed from every
-- session; a session that it alone had opened ends.
-- +goose StatementBegin
CREATE TRIGGER connections_ended AFTER UPDATE OF state ON connections
WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
    UPDATE sessions
    SET ended_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    WHERE ended_at IS NULL
        AND id IN (SELECT session_id FROM session_connections WHERE connection_id = OLD.id AND organization_id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM session_connections c WHERE c.session_id = sessions.id AND c.connection_id <> OLD.id);
    DELETE FROM session_connections WHERE connection_id = OLD.id AND organization_id IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER connections_deleted AFTER DELETE ON connections
BEGIN
    UPDATE sessions
    SET ended_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    WHERE ended_at IS NULL
        AND id IN (SELECT session_id FROM session_connections WHERE connection_id = OLD.id AND organization_id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM session_connections c WHERE c.session_id = sessions.id AND c.connection_id <> OLD.id);
    DELETE FROM session_connections WHERE connection_id = OLD.id AND organization_id IS NOT NULL;
    DELETE FROM identities WHERE connection = OLD.id;
END;
-- +goose StatementEnd
