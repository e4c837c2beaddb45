-- +goose Up

CREATE TABLE orglogin.profiles (
    id             uuid        NOT NULL DEFAULT gen_random_uuid(),
    email          text        NOT NULL COLLATE "C",
    email_verified boolean     NOT NULL DEFAULT false,
    authoritative  boolean     NOT NULL DEFAULT false,
    name           text        NOT NULL DEFAULT '',
    picture        text        NOT NULL DEFAULT '',
    disabled       boolean     NOT NULL DEFAULT false,
    -- An operator imported the address.
    email_imported boolean     NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT profiles_pkey PRIMARY KEY (id)
);
-- Not unique: a known address with a new subject is a separate account.
CREATE INDEX profiles_email_idx ON orglogin.profiles (email, created_at, id);

-- The same issuer and subject through two connections are two people.
CREATE TABLE orglogin.identities (
    connection text        NOT NULL COLLATE "C" DEFAULT 'default',
    issuer     text        NOT NULL COLLATE "C",
    subject    text        NOT NULL COLLATE "C",
    profile_id uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What an organization connection asserts, which never changes the profile.
    email          text    NOT NULL DEFAULT '' COLLATE "C",
    email_verified boolean NOT NULL DEFAULT false,
    name           text    NOT NULL DEFAULT '',
    picture        text    NOT NULL DEFAULT '',
    CONSTRAINT identities_pkey PRIMARY KEY (connection, issuer, subject),
    CONSTRAINT identities_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE
);
CREATE INDEX identities_profile_idx ON orglogin.identities (profile_id);

CREATE TABLE orglogin.organizations (
    id               uuid        NOT NULL DEFAULT gen_random_uuid(),
    name             text        NOT NULL COLLATE "C",
    slug             text        NOT NULL COLLATE "C",
    subdomain_status text        NOT NULL DEFAULT 'pending',
    -- Its first member chose the name; only members see it.
    name_self_chosen boolean     NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_slug_valid CHECK (
        slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
        AND slug !~ '^xn--'
        AND slug NOT IN ('www', 'api', 'auth', 'login', 'app', 'admin', 'mail',
                         'static', 'cdn', 'idp', 'ns', 'smtp', 'assets')
    ),
    CONSTRAINT organizations_subdomain_status_valid CHECK (
        subdomain_status IN ('pending', 'verifying', 'verified', 'failed', 'disabled')
    )
);

-- A slug that an organization has left. Lookups of it find that organization, and no
-- other organization can take it until an operator deletes the row.
CREATE TABLE orglogin.organization_slugs (
    slug            text        NOT NULL COLLATE "C",
    organization_id uuid        NOT NULL,
    left_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT organization_slugs_pkey PRIMARY KEY (slug),
    CONSTRAINT organization_slugs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE
);
CREATE INDEX organization_slugs_organization_idx ON orglogin.organization_slugs (organization_id);

CREATE TABLE orglogin.memberships (
    profile_id      uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    role            text        NOT NULL,
    active          boolean     NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT memberships_pkey PRIMARY KEY (profile_id, organization_id),
    CONSTRAINT memberships_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE,
    CONSTRAINT memberships_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT memberships_role_given CHECK (role <> '')
);
CREATE INDEX memberships_organization_idx ON orglogin.memberships (organization_id, created_at, profile_id);

-- Who was removed from an organization at some time. They do not join it again by a domain
-- unless they are an active member again.
CREATE TABLE orglogin.removed_members (
    profile_id      uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    removed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT removed_members_pkey PRIMARY KEY (profile_id, organization_id),
    CONSTRAINT removed_members_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE,
    CONSTRAINT removed_members_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE
);
CREATE INDEX removed_members_organization_idx ON orglogin.removed_members (organization_id);

CREATE TABLE orglogin.workspaces (
    id              uuid        NOT NULL DEFAULT gen_random_uuid(),
    organization_id uuid        NOT NULL,
    name            text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT workspaces_pkey PRIMARY KEY (id),
    CONSTRAINT workspaces_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE
);
CREATE INDEX workspaces_organization_idx ON orglogin.workspaces (organization_id);

CREATE TABLE orglogin.invitations (
    id              uuid        NOT NULL DEFAULT gen_random_uuid(),
    organization_id uuid        NOT NULL,
    email           text        NOT NULL COLLATE "C",
    role            text        NOT NULL,
    token_hash      bytea       NOT NULL,
    expires_at      timestamptz NOT NULL,
    accepted_by     uuid,
    accepted_at     timestamptz,
    revoked         boolean     NOT NULL DEFAULT false,
    invited_by      uuid,
    -- When it was given a new link last, and how often.
    resent_at       timestamptz,
    resent          integer     NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT invitations_pkey PRIMARY KEY (id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invitations_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE,
    CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by)
        REFERENCES orglogin.profiles (id) ON DELETE SET NULL,
    CONSTRAINT invitations_role_given CHECK (role <> ''),
    CONSTRAINT invitations_accepted_whole CHECK ((accepted_by IS NULL) = (accepted_at IS NULL))
);
CREATE INDEX invitations_email_idx ON orglogin.invitations (email, expires_at)
    WHERE accepted_by IS NULL AND NOT revoked;
CREATE INDEX invitations_organization_idx ON orglogin.invitations (organization_id, created_at, id);
CREATE INDEX invitations_accepted_by_idx ON orglogin.invitations (accepted_by);
CREATE INDEX invitations_invited_by_idx ON orglogin.invitations (invited_by);

CREATE TABLE orglogin.sessions (
    id           uuid        NOT NULL,
    profile_id   uuid        NOT NULL,
    secret_hash  bytea       NOT NULL,
    browser_hash bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT sessions_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE
);
CREATE INDEX sessions_profile_idx ON orglogin.sessions (profile_id, created_at);
CREATE INDEX sessions_expires_at_idx ON orglogin.sessions (expires_at);

CREATE TABLE orglogin.last_used (
    profile_id      uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    used_at         timestamptz NOT NULL,
    CONSTRAINT last_used_pkey PRIMARY KEY (profile_id),
    CONSTRAINT last_used_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE,
    CONSTRAINT last_used_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE
);
CREATE INDEX last_used_organization_idx ON orglogin.last_used (organization_id);

CREATE TABLE orglogin.flows (
    id         text        NOT NULL COLLATE "C",
    expires_at timestamptz NOT NULL,
    CONSTRAINT flows_pkey PRIMARY KEY (id)
);
CREATE INDEX flows_expires_at_idx ON orglogin.flows (expires_at);

-- json, not jsonb: a receipt is returned exactly as it was stored.
CREATE TABLE orglogin.receipts (
    id         text        NOT NULL COLLATE "C",
    profile_id uuid        NOT NULL,
    at         timestamptz NOT NULL,
    decision   json        NOT NULL,
    CONSTRAINT receipts_pkey PRIMARY KEY (id),
    CONSTRAINT receipts_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE
);
CREATE INDEX receipts_profile_idx ON orglogin.receipts (profile_id);
CREATE INDEX receipts_at_idx ON orglogin.receipts (at);

-- Organization connections: see store.Connection.
CREATE TABLE orglogin.connections (
    id              text        NOT NULL COLLATE "C",
    organization_id uuid        NOT NULL,
    name            text        NOT NULL COLLATE "C",
    issuer          text        NOT NULL COLLATE "C",
    client_id       text        NOT NULL,
    sealed_secret   text        NOT NULL,
    email_verified  text        NOT NULL DEFAULT 'claim',
    userinfo        boolean     NOT NULL DEFAULT true,
    hosted_domains  text[]      NOT NULL DEFAULT '{}',
    tenants         text[]      NOT NULL DEFAULT '{}',
    private         boolean     NOT NULL DEFAULT false,
    state           text        NOT NULL DEFAULT 'draft',
    revision        bigint      NOT NULL DEFAULT 1,
    tested_revision bigint      NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT connections_pkey PRIMARY KEY (id),
    CONSTRAINT connections_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT connections_id_valid CHECK (id ~ '^c-[a-z2-7]{16}$'),
    CONSTRAINT connections_state_valid CHECK (state IN ('draft', 'tested', 'active', 'disabled'))
);
CREATE INDEX connections_organization_idx ON orglogin.connections (organization_id, name, id);

-- A test login that was prepared and not yet begun.
CREATE TABLE orglogin.connection_tests (
    token_hash    bytea       NOT NULL,
    connection_id text        NOT NULL COLLATE "C",
    revision      bigint      NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT connection_tests_pkey PRIMARY KEY (token_hash),
    CONSTRAINT connection_tests_connection_fkey FOREIGN KEY (connection_id)
        REFERENCES orglogin.connections (id) ON DELETE CASCADE
);
CREATE INDEX connection_tests_connection_idx ON orglogin.connection_tests (connection_id);
CREATE INDEX connection_tests_expires_at_idx ON orglogin.connection_tests (expires_at);

-- The connections of the logins that a session was made by, each with its own time.
-- The organization is NULL for an operator connection.
CREATE TABLE orglogin.session_connections (
    session_id      uuid        NOT NULL,
    connection_id   text        NOT NULL COLLATE "C",
    profile_id      uuid        NOT NULL,
    organization_id uuid,
    at              timestamptz NOT NULL,
    CONSTRAINT session_connections_pkey PRIMARY KEY (session_id, connection_id),
    CONSTRAINT session_connections_session_fkey FOREIGN KEY (session_id)
        REFERENCES orglogin.sessions (id) ON DELETE CASCADE
);
CREATE INDEX session_connections_connection_idx ON orglogin.session_connections (connection_id)
    WHERE organization_id IS NOT NULL;

-- Beside the organizations, which may be in a table of the operator's own.
CREATE TABLE orglogin.organization_settings (
    organization_id uuid NOT NULL,
    sso             text NOT NULL DEFAULT 'off',
    CONSTRAINT organization_settings_pkey PRIMARY KEY (organization_id),
    CONSTRAINT organization_settings_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT organization_settings_sso_valid CHECK (sso IN ('off', 'optional', 'required'))
);

-- How pages show an organization, beside the organizations too. The logo is a PNG; its hash is in its URL.
CREATE TABLE orglogin.organization_brands (
    organization_id uuid  NOT NULL,
    color           text  NOT NULL DEFAULT '',
    logo_hash       text  NOT NULL DEFAULT '' COLLATE "C",
    logo            bytea NOT NULL DEFAULT '',
    CONSTRAINT organization_brands_pkey PRIMARY KEY (organization_id),
    CONSTRAINT organization_brands_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT organization_brands_color_valid CHECK (color ~ '^(#[0-9a-f]{6})?$'),
    CONSTRAINT organization_brands_logo_valid CHECK (logo_hash ~ '^([0-9a-f]{32})?$' AND (logo_hash = '') = (logo = ''))
);
CREATE INDEX organization_brands_logo_hash_idx ON orglogin.organization_brands (logo_hash) WHERE logo_hash <> '';

-- Email domains that an organization claims: see store.Domain. At most one organization has
-- verified one.
CREATE TABLE orglogin.organization_domains (
    organization_id uuid        NOT NULL,
    domain          text        NOT NULL COLLATE "C",
    status          text        NOT NULL DEFAULT 'pending',
    join_mode       text        NOT NULL DEFAULT 'off',
    discoverable    boolean     NOT NULL DEFAULT false,
    token           text        NOT NULL,
    by_hand         boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    verified_at     timestamptz,
    checked_at      timestamptz,
    failing_since   timestamptz,
    next_check_at   timestamptz,
    detail          text        NOT NULL DEFAULT '',
    CONSTRAINT organization_domains_pkey PRIMARY KEY (organization_id, domain),
    CONSTRAINT organization_domains_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT organization_domains_domain_valid CHECK (domain ~ '^[a-z0-9.-]+$'),
    CONSTRAINT organization_domains_status_valid CHECK (status IN ('pending', 'verified', 'lapsed')),
    CONSTRAINT organization_domains_join_mode_valid CHECK (join_mode IN ('off', 'request', 'auto'))
);
CREATE UNIQUE INDEX organization_domains_verified_key ON orglogin.organization_domains (domain) WHERE status = 'verified';
CREATE INDEX organization_domains_next_check_at_idx ON orglogin.organization_domains (next_check_at)
    WHERE status <> 'pending' AND NOT by_hand;

CREATE TABLE orglogin.join_requests (
    id              uuid        NOT NULL DEFAULT gen_random_uuid(),
    organization_id uuid        NOT NULL,
    profile_id      uuid        NOT NULL,
    email           text        NOT NULL COLLATE "C",
    state           text        NOT NULL DEFAULT 'waiting',
    created_at      timestamptz NOT NULL,
    decided_at      timestamptz,
    CONSTRAINT join_requests_pkey PRIMARY KEY (id),
    CONSTRAINT join_requests_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE,
    CONSTRAINT join_requests_profile_fkey FOREIGN KEY (profile_id)
        REFERENCES orglogin.profiles (id) ON DELETE CASCADE,
    CONSTRAINT join_requests_state_valid CHECK (state IN ('waiting', 'approved', 'declined')),
    CONSTRAINT join_requests_decided_whole CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX join_requests_waiting_key ON orglogin.join_requests (profile_id, organization_id) WHERE state = 'waiting';
CREATE INDEX join_requests_profile_idx ON orglogin.join_requests (profile_id);
CREATE INDEX join_requests_organization_idx ON orglogin.join_requests (organization_id, created_at);

-- Bearer tokens of the API, as their hashes. The organization is the one that a token is bound to.
CREATE TABLE orglogin.api_tokens (
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    token_hash      bytea       NOT NULL,
    scopes          text        NOT NULL,
    organization_id uuid,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_tokens_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES orglogin.organizations (id) ON DELETE CASCADE
);
CREATE INDEX api_tokens_organization_idx ON orglogin.api_tokens (organization_id);

-- Answers to requests of the API with an Idempotency-Key, sealed, for a day.
CREATE TABLE orglogin.idempotent_requests (
    token_id    uuid        NOT NULL,
    key         text        NOT NULL COLLATE "C",
    fingerprint text        NOT NULL,
    answer      text        NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotent_requests_pkey PRIMARY KEY (token_id, key),
    CONSTRAINT idempotent_requests_token_fkey FOREIGN KEY (token_id)
        REFERENCES orglogin.api_tokens (id) ON DELETE CASCADE
);
CREATE INDEX idempotent_requests_created_at_idx ON orglogin.idempotent_requests (created_at);

-- What operators changed. It refers to no row, because it outlives every one; when a person
-- is deleted, before and after of their entries become null.
CREATE TABLE orglogin.audit (
    id              uuid        NOT NULL,
    at              timestamptz NOT NULL,
    by_whom         text        NOT NULL,
    action          text        NOT NULL,
    organization_id text        NOT NULL DEFAULT '',
    target          text        NOT NULL,
    profile_id      text        NOT NULL DEFAULT '',
    email           text        NOT NULL DEFAULT '' COLLATE "C",
    before          text        NOT NULL,
    after           text        NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_at_idx ON orglogin.audit (at, id);
CREATE INDEX audit_organization_idx ON orglogin.audit (organization_id, at, id);
CREATE INDEX audit_profile_idx ON orglogin.audit (profile_id) WHERE profile_id <> '';
CREATE INDEX audit_email_idx ON orglogin.audit (email) WHERE email <> '';

-- Invitations that are to be sent by mail. The token is sealed, and deleted when the mail is
-- sent or given up.
CREATE TABLE orglogin.outbox (
    invitation_id   uuid        NOT NULL,
    sealed_token    text        NOT NULL,
    state           text        NOT NULL,
    attempts        integer     NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    detail          text        NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (invitation_id),
    CONSTRAINT outbox_invitation_fkey FOREIGN KEY (invitation_id)
        REFERENCES orglogin.invitations (id) ON DELETE CASCADE,
    CONSTRAINT outbox_state_valid CHECK (state IN ('queued', 'sent', 'failed'))
);
CREATE INDEX outbox_next_attempt_at_idx ON orglogin.outbox (next_attempt_at) WHERE state = 'queued';

-- The functions that an operator may replace, as migrate created them last. One
-- whose definition has another hash is the operator's.
CREATE TABLE orglogin.shipped_functions (
    name text NOT NULL COLLATE "C",
    hash text NOT NULL COLLATE "C",
    CONSTRAINT shipped_functions_pkey PRIMARY KEY (name)
);
