-- +goose Up

-- The role of the API: what the operations of an operator read and write, past the claims of every person, and
-- nothing else. It owns nothing and changes no table or function.
GRANT USAGE ON SCHEMA api, orglogin TO orglogin_admin;

-- +goose StatementBegin
DO $do$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid::regclass FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('CREATE POLICY admin ON %s TO orglogin_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
    BEGIN
        GRANT USAGE ON SCHEMA auth TO orglogin_admin;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'schema auth belongs to another role; as that role: GRANT USAGE ON SCHEMA auth TO orglogin_admin';
    END;
END
$do$;
-- +goose StatementEnd

GRANT SELECT, INSERT, UPDATE, DELETE ON
    orglogin.profiles, orglogin.organizations, orglogin.memberships, orglogin.invitations, orglogin.connections,
    orglogin.organization_settings, orglogin.organization_brands, orglogin.organization_domains, orglogin.api_tokens, orglogin.idempotent_requests, orglogin.outbox
    TO orglogin_admin;
GRANT SELECT, INSERT ON orglogin.workspaces, orglogin.connection_tests TO orglogin_admin;
GRANT SELECT, INSERT, UPDATE ON orglogin.audit TO orglogin_admin;
GRANT SELECT, UPDATE ON orglogin.sessions, orglogin.join_requests TO orglogin_admin;
GRANT SELECT ON orglogin.identities, orglogin.organization_slugs, orglogin.session_connections, orglogin.receipts,
    orglogin.last_used, orglogin.removed_members, orglogin.schema_versions TO orglogin_admin;
