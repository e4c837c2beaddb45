-- +goose Up

-- auth.uid() and auth.jwt() are created where the database lacks them and left
-- unchanged where it has them. Ours return NULL for a sub that has not the form of a UUID;
-- claims that are not JSON, and a sub of that form that is no UUID, raise an error, so that
-- a statement under them fails. LIKE takes a twentieth of the time of a regular expression,
-- and policies call auth.uid() several times in a statement. Each is one expression, which the planner inlines. RETURN resolves its names when the function
-- is created, so no search_path matters.
-- +goose StatementBegin
DO $do$
BEGIN
    IF to_regnamespace('auth') IS NULL THEN
        CREATE SCHEMA auth;
    END IF;
    IF to_regprocedure('auth.jwt()') IS NULL THEN
        CREATE FUNCTION auth.jwt() RETURNS jsonb
        LANGUAGE sql STABLE
        RETURN nullif(current_setting('request.jwt.claims', true), '')::jsonb;
    END IF;
    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid
        LANGUAGE sql STABLE
        RETURN CASE
            WHEN nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
                LIKE '________-____-____-____-____________'
            THEN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
        END;
    END IF;
    BEGIN
        GRANT USAGE ON SCHEMA auth TO orglogin_service, orglogin_definer;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'schema auth belongs to another role; as that role: GRANT USAGE ON SCHEMA auth TO orglogin_service, orglogin_definer';
    END;
END
$do$;
-- +goose StatementEnd

CREATE SCHEMA IF NOT EXISTS api;
GRANT USAGE ON SCHEMA api, orglogin TO orglogin_service, orglogin_definer;

-- Row-level security is forced, so it binds the owner too. The owner has a policy by
-- name; so has orglogin_definer, which is limited by its grants.
-- +goose StatementBegin
DO $do$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid::regclass FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner ON %s TO CURRENT_USER USING (true) WITH CHECK (true)', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY[
        'orglogin.profiles', 'orglogin.identities', 'orglogin.organizations', 'orglogin.organization_slugs',
        'orglogin.memberships', 'orglogin.workspaces', 'orglogin.invitations', 'orglogin.sessions',
        'orglogin.flows', 'orglogin.receipts', 'orglogin.connections', 'orglogin.connection_tests',
        'orglogin.session_connections', 'orglogin.organization_settings', 'orglogin.organization_domains',
        'orglogin.join_requests', 'orglogin.removed_members']::regclass[]
    LOOP
        EXECUTE format('CREATE POLICY definer ON %s TO orglogin_definer USING (true) WITH CHECK (true)', t);
    END LOOP;
END
$do$;
-- +goose StatementEnd

GRANT SELECT, INSERT, UPDATE ON orglogin.profiles TO orglogin_definer;
GRANT SELECT, INSERT, UPDATE, DELETE ON orglogin.identities TO orglogin_definer;
GRANT SELECT, INSERT ON orglogin.organizations TO orglogin_definer;
GRANT SELECT, INSERT, DELETE ON orglogin.organization_slugs TO orglogin_definer;
GRANT SELECT, INSERT, UPDATE ON orglogin.memberships TO orglogin_definer;
GRANT SELECT, INSERT ON orglogin.workspaces TO orglogin_definer;
GRANT SELECT, UPDATE ON orglogin.invitations TO orglogin_definer;
GRANT SELECT, INSERT, UPDATE, DELETE ON orglogin.sessions TO orglogin_definer;
GRANT SELECT, INSERT, UPDATE, DELETE ON orglogin.flows TO orglogin_definer;
GRANT SELECT, UPDATE, DELETE ON orglogin.receipts TO orglogin_definer;
GRANT SELECT, UPDATE ON orglogin.connections TO orglogin_definer;
GRANT SELECT, UPDATE, DELETE ON orglogin.connection_tests TO orglogin_definer;
GRANT SELECT, INSERT, DELETE ON orglogin.session_connections TO orglogin_definer;
GRANT SELECT ON orglogin.organization_settings TO orglogin_definer;
GRANT SELECT, UPDATE ON orglogin.organization_domains TO orglogin_definer;
GRANT SELECT, INSERT ON orglogin.join_requests, orglogin.removed_members TO orglogin_definer;

-- What the service reads and writes itself, under the claims of one person.
-- Never TRUNCATE, REFERENCES or TRIGGER: row-level security does not cover them.
GRANT SELECT ON orglogin.profiles, orglogin.identities, orglogin.organizations,
    orglogin.memberships, orglogin.workspaces TO orglogin_service;
GRANT SELECT, UPDATE (last_seen_at, ended_at) ON orglogin.sessions TO orglogin_service;
GRANT SELECT, INSERT, UPDATE (organization_id, used_at) ON orglogin.last_used TO orglogin_service;
GRANT SELECT, INSERT ON orglogin.receipts TO orglogin_service;
GRANT SELECT ON orglogin.session_connections, orglogin.organization_settings, orglogin.organization_brands TO orglogin_service;
GRANT SELECT ON orglogin.schema_versions TO orglogin_service;

-- The version that a program must at least have been made for to run on this schema. A migration that earlier programs cannot
-- run on sets this default to its own number; those of the release before always can (TestUpgradeUnderLoad).
ALTER TABLE orglogin.schema_versions ADD COLUMN oldest_program bigint NOT NULL DEFAULT 1;

-- The version of the schema is not secret.
CREATE POLICY version ON orglogin.schema_versions FOR SELECT TO orglogin_service
    USING (true);

-- (SELECT auth.uid()) is evaluated once for each statement, not for each row.
CREATE POLICY own ON orglogin.profiles FOR SELECT TO orglogin_service
    USING (id = (SELECT auth.uid()));

CREATE POLICY own ON orglogin.identities FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));

CREATE POLICY own ON orglogin.memberships FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));

-- Members see their organizations. Claims for one organization (org_id) narrow that
-- to the one, and never widen it.
CREATE POLICY member ON orglogin.organizations FOR SELECT TO orglogin_service
    USING (
        id::text = coalesce((SELECT auth.jwt()) ->> 'org_id', id::text)
        AND EXISTS (
            SELECT FROM orglogin.memberships AS m
            WHERE m.organization_id = organizations.id
                AND m.profile_id = (SELECT auth.uid())
                AND m.active
        )
    );

CREATE POLICY member ON orglogin.workspaces FOR SELECT TO orglogin_service
    USING (
        organization_id::text = coalesce((SELECT auth.jwt()) ->> 'org_id', organization_id::text)
        AND EXISTS (
            SELECT FROM orglogin.memberships AS m
            WHERE m.organization_id = workspaces.organization_id
                AND m.profile_id = (SELECT auth.uid())
                AND m.active
        )
    );

CREATE POLICY own ON orglogin.sessions FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));
-- An ended session stays ended: no statement of the service can update it.
CREATE POLICY live ON orglogin.sessions FOR UPDATE TO orglogin_service
    USING (profile_id = (SELECT auth.uid()) AND ended_at IS NULL)
    WITH CHECK (profile_id = (SELECT auth.uid()));

CREATE POLICY own ON orglogin.session_connections FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));

-- The login page of an organization shows it to everyone.
CREATE POLICY read ON orglogin.organization_settings FOR SELECT TO orglogin_service
    USING (true);

CREATE POLICY read ON orglogin.organization_brands FOR SELECT TO orglogin_service
    USING (true);

CREATE POLICY own ON orglogin.receipts FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));
CREATE POLICY mine ON orglogin.receipts FOR INSERT TO orglogin_service
    WITH CHECK (profile_id = (SELECT auth.uid()));

CREATE POLICY own ON orglogin.last_used FOR SELECT TO orglogin_service
    USING (profile_id = (SELECT auth.uid()));
CREATE POLICY mine ON orglogin.last_used FOR INSERT TO orglogin_service
    WITH CHECK (profile_id = (SELECT auth.uid()));
CREATE POLICY change ON orglogin.last_used FOR UPDATE TO orglogin_service
    USING (profile_id = (SELECT auth.uid()))
    WITH CHECK (profile_id = (SELECT auth.uid()));
