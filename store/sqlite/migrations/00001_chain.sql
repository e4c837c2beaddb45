-- Times are microseconds since 1970 in UTC, booleans 0 or 1, ids UUIDs in lower case.

-- +goose Up
CREATE TABLE organizations (
    id               TEXT NOT NULL CONSTRAINT organizations_pkey PRIMARY KEY,
    name             TEXT NOT NULL,
    slug             TEXT NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
    subdomain_status TEXT NOT NULL DEFAULT 'pending',
    name_self_chosen INTEGER NOT NULL DEFAULT 0, -- by its first member; only members see such a name
    created_at       INTEGER NOT NULL,
    CONSTRAINT organizations_id_check CHECK (length(id) = 36),
    CONSTRAINT organizations_name_check CHECK (name <> '' AND name_self_chosen IN (0, 1)),
    CONSTRAINT organizations_slug_check CHECK (slug NOT GLOB '*[^a-z0-9-]*' AND length(slug) BETWEEN 1 AND 63 AND slug NOT GLOB '-*' AND slug NOT GLOB '*-' AND slug NOT GLOB 'xn--*'),
    CONSTRAINT organizations_subdomain_status_check CHECK (subdomain_status IN ('pending', 'verifying', 'verified', 'failed', 'disabled'))
) STRICT;

-- The slugs that an organization had. No other organization takes one until the
-- operator deletes its row.
CREATE TABLE organization_slugs (
    slug            TEXT NOT NULL CONSTRAINT organization_slugs_pkey PRIMARY KEY,
    organization_id TEXT NOT NULL CONSTRAINT organization_slugs_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    retired_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX organization_slugs_organization_id_idx ON organization_slugs (organization_id);

-- +goose StatementBegin
CREATE TRIGGER organizations_slug_held_insert BEFORE INSERT ON organizations
WHEN EXISTS (SELECT 1 FROM organization_slugs WHERE slug = NEW.slug)
BEGIN
    SELECT RAISE(ABORT, 'organization_slugs_held');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER organizations_slug_held_update BEFORE UPDATE OF slug ON organizations
WHEN EXISTS (SELECT 1 FROM organization_slugs WHERE slug = NEW.slug AND organization_id <> OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'organization_slugs_held');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER organizations_slug_retire AFTER UPDATE OF slug ON organizations
WHEN NEW.slug <> OLD.slug
BEGIN
    DELETE FROM organization_slugs WHERE slug = NEW.slug;
    INSERT INTO organization_slugs (slug, organization_id, retired_at)
    VALUES (OLD.slug, NEW.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER));
END;
-- +goose StatementEnd

CREATE TABLE profiles (
    id                   TEXT NOT NULL CONSTRAINT profiles_pkey PRIMARY KEY,
    email                TEXT NOT NULL,
    email_verified       INTEGER NOT NULL DEFAULT 0,
    authoritative        INTEGER NOT NULL DEFAULT 0,
    name                 TEXT NOT NULL DEFAULT '',
    picture              TEXT NOT NULL DEFAULT '',
    disabled             INTEGER NOT NULL DEFAULT 0,
    imported             INTEGER NOT NULL DEFAULT 0, -- made by an import, not by a login
    last_organization_id TEXT CONSTRAINT profiles_last_organization_id_fkey REFERENCES organizations (id) ON DELETE SET NULL,
    last_used_at         INTEGER,
    created_at           INTEGER NOT NULL,
    CONSTRAINT profiles_id_check CHECK (length(id) = 36),
    CONSTRAINT profiles_email_check CHECK (email NOT GLOB '*[A-Z]*' AND email LIKE '_%@_%' AND length(email) <= 254),
    CONSTRAINT profiles_booleans_check CHECK (email_verified IN (0, 1) AND authoritative IN (0, 1) AND disabled IN (0, 1) AND imported IN (0, 1))
) STRICT;
CREATE INDEX profiles_email_idx ON profiles (email, created_at);
CREATE INDEX profiles_last_organization_id_idx ON profiles (last_organization_id) WHERE last_organization_id IS NOT NULL;

-- The same issuer and subject through two connections are two people. A profile has at
-- most one identity of each connection; imported, it may have none yet.
CREATE TABLE identities (
    connection     TEXT NOT NULL DEFAULT 'default',
    issuer         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    profile_id     TEXT NOT NULL CONSTRAINT identities_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    created_at     INTEGER NOT NULL,
    -- What an organization connection asserts, which never changes the profile.
    email          TEXT NOT NULL DEFAULT '',
    email_verified INTEGER NOT NULL DEFAULT 0,
    name           TEXT NOT NULL DEFAULT '',
    picture        TEXT NOT NULL DEFAULT '',
    CONSTRAINT identities_pkey PRIMARY KEY (connection, issuer, subject),
    CONSTRAINT identities_profile_id_key UNIQUE (profile_id, connection),
    CONSTRAINT identities_text_check CHECK (connection <> '' AND issuer <> '' AND subject <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    profile_id      TEXT NOT NULL CONSTRAINT memberships_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL CONSTRAINT memberships_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    active          INTEGER NOT NULL DEFAULT 1,
    created_at      INTEGER NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (profile_id, organization_id),
    CONSTRAINT memberships_role_check CHECK (role <> '' AND role NOT GLOB '*[^A-Za-z0-9._:/-]*' AND length(role) <= 64),
    CONSTRAINT memberships_active_check CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_organization_id_idx ON memberships (organization_id, created_at, profile_id);

-- Who was removed from an organization at some time. They do not join it again by a domain
-- unless they are an active member again.
CREATE TABLE removed_members (
    profile_id      TEXT NOT NULL CONSTRAINT removed_members_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL CONSTRAINT removed_members_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    removed_at      INTEGER NOT NULL,
    CONSTRAINT removed_members_pkey PRIMARY KEY (profile_id, organization_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_members_organization_id_idx ON removed_members (organization_id);

CREATE TABLE workspaces (
    id              TEXT NOT NULL CONSTRAINT workspaces_pkey PRIMARY KEY,
    organization_id TEXT NOT NULL CONSTRAINT workspaces_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    CONSTRAINT workspaces_id_check CHECK (length(id) = 36)
) STRICT;
CREATE INDEX workspaces_organization_id_idx ON workspaces (organization_id);

CREATE TABLE invitations (
    id              TEXT NOT NULL CONSTRAINT invitations_pkey PRIMARY KEY,
    organization_id TEXT NOT NULL CONSTRAINT invitations_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    email           TEXT NOT NULL,
    role            TEXT NOT NULL,
    token_hash      BLOB NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
    expires_at      INTEGER NOT NULL,
    accepted_by     TEXT CONSTRAINT invitations_accepted_by_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    accepted_at     INTEGER,
    revoked         INTEGER NOT NULL DEFAULT 0,
    invited_by      TEXT CONSTRAINT invitations_invited_by_fkey REFERENCES profiles (id) ON DELETE SET NULL,
    resent_at       INTEGER, -- when it was given a new link last
    resent          INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    CONSTRAINT invitations_id_check CHECK (length(id) = 36),
    CONSTRAINT invitations_email_check CHECK (email NOT GLOB '*[A-Z]*' AND email LIKE '_%@_%' AND length(email) <= 254),
    CONSTRAINT invitations_role_check CHECK (role <> '' AND role NOT GLOB '*[^A-Za-z0-9._:/-]*' AND length(role) <= 64),
    CONSTRAINT invitations_token_hash_check CHECK (length(token_hash) = 32),
    CONSTRAINT invitations_accepted_check CHECK ((accepted_by IS NULL) = (accepted_at IS NULL)),
    CONSTRAINT invitations_one_end_check CHECK (revoked = 0 OR revoked = 1 AND accepted_by IS NULL)
) STRICT;
CREATE INDEX invitations_pending_idx ON invitations (email, expires_at) WHERE accepted_by IS NULL AND revoked = 0;
CREATE INDEX invitations_organization_id_idx ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_accepted_by_idx ON invitations (accepted_by) WHERE accepted_by IS NOT NULL;
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by) WHERE invited_by IS NOT NULL;

-- Who is removed from an organization does not return by an invitation that was made
-- before, or by a domain: whichever statement removes a membership revokes the pending
-- invitations of that organization to the person's address, and the removal is recorded.
-- It is not where the person or the organization is deleted.
-- +goose StatementBegin
CREATE TRIGGER memberships_removed AFTER UPDATE ON memberships
WHEN OLD.active = 1 AND NEW.active = 0 OR OLD.profile_id <> NEW.profile_id OR OLD.organization_id <> NEW.organization_id
BEGIN
    UPDATE invitations
    SET revoked = 1
    WHERE organization_id = OLD.organization_id
        AND email = (SELECT email FROM profiles WHERE id = OLD.profile_id)
        AND accepted_by IS NULL;
    INSERT OR IGNORE INTO removed_members (profile_id, organization_id, removed_at)
    SELECT p.id, o.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    FROM profiles p
    JOIN organizations o ON o.id = OLD.organization_id
    WHERE p.id = OLD.profile_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memberships_deleted AFTER DELETE ON memberships
BEGIN
    UPDATE invitations
    SET revoked = 1
    WHERE organization_id = OLD.organization_id
        AND email = (SELECT email FROM profiles WHERE id = OLD.profile_id)
        AND accepted_by IS NULL;
    INSERT OR IGNORE INTO removed_members (profile_id, organization_id, removed_at)
    SELECT p.id, o.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    FROM profiles p
    JOIN organizations o ON o.id = OLD.organization_id
    WHERE p.id = OLD.profile_id;
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes the old row without a DELETE trigger.
-- +goose StatementBegin
CREATE TRIGGER memberships_replaced BEFORE INSERT ON memberships
WHEN NEW.active = 0
BEGIN
    UPDATE invitations
    SET revoked = 1
    WHERE organization_id = NEW.organization_id
        AND email = (SELECT email FROM profiles WHERE id = NEW.profile_id)
        AND accepted_by IS NULL
        AND EXISTS (SELECT 1 FROM memberships WHERE profile_id = NEW.profile_id AND organization_id = NEW.organization_id);
END;
-- +goose StatementEnd

-- BEFORE, because its memberships are deleted with it.
-- +goose StatementBegin
CREATE TRIGGER profiles_deleted BEFORE DELETE ON profiles
BEGIN
    UPDATE invitations
    SET revoked = 1
    WHERE email = OLD.email
        AND accepted_by IS NULL
        AND organization_id IN (SELECT organization_id FROM memberships WHERE profile_id = OLD.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER profiles_replaced BEFORE INSERT ON profiles
BEGIN
    UPDATE invitations
    SET revoked = 1
    WHERE email = (SELECT email FROM profiles WHERE id = NEW.id)
        AND accepted_by IS NULL
        AND organization_id IN (SELECT organization_id FROM memberships WHERE profile_id = NEW.id);
END;
-- +goose StatementEnd

CREATE TABLE sessions (
    id           TEXT NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    profile_id   TEXT NOT NULL CONSTRAINT sessions_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    secret_hash  BLOB NOT NULL CONSTRAINT sessions_secret_hash_key UNIQUE,
    browser_hash BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    CONSTRAINT sessions_id_check CHECK (length(id) = 36),
    CONSTRAINT sessions_hashes_check CHECK (length(secret_hash) = 32 AND length(browser_hash) = 32),
    CONSTRAINT sessions_times_check CHECK (expires_at > created_at)
) STRICT;
CREATE INDEX sessions_profile_id_idx ON sessions (profile_id, created_at);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- Who is disabled, by import or by hand, is signed out for good.
-- +goose StatementBegin
CREATE TRIGGER profiles_disabled AFTER UPDATE OF disabled ON profiles
WHEN NEW.disabled = 1 AND OLD.disabled = 0
BEGIN
    UPDATE sessions
    SET ended_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
    WHERE profile_id = NEW.id AND ended_at IS NULL;
END;
-- +goose StatementEnd

CREATE TABLE flows (
    id         TEXT NOT NULL CONSTRAINT flows_pkey PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_expires_at_idx ON flows (expires_at);

CREATE TABLE receipts (
    id         TEXT NOT NULL CONSTRAINT receipts_pkey PRIMARY KEY,
    profile_id TEXT NOT NULL CONSTRAINT receipts_profile_id_fkey REFERENCES profiles (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    decision   TEXT NOT NULL,
    CONSTRAINT receipts_id_check CHECK (length(id) = 16 AND id NOT GLOB '*[^a-z2-7]*'),
    CONSTRAINT receipts_decision_check CHECK (decision <> '')
) STRICT;
CREATE INDEX receipts_at_idx ON receipts (at);
CREATE INDEX receipts_profile_id_idx ON receipts (profile_id);
