-- +goose Up

-- Who owns the functions and who may call them. PUBLIC may execute a function when
-- it is created, so that is revoked from every one.
-- +goose StatementBegin
DO $do$
DECLARE
    f regprocedure;
BEGIN
    -- An owner needs CREATE on the schema, for the length of this transaction only.
    GRANT CREATE ON SCHEMA api, orglogin TO orglogin_definer;
    FOR f IN
        SELECT p.oid::regprocedure FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace IN ('api'::regnamespace, 'orglogin'::regnamespace) AND p.prosecdef
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO orglogin_definer', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO CURRENT_USER', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA api, orglogin FROM orglogin_definer;
    FOR f IN
        SELECT p.oid::regprocedure FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace IN ('api'::regnamespace, 'orglogin'::regnamespace)
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END
$do$;
-- +goose StatementEnd

GRANT EXECUTE ON FUNCTION
    api.get_profile(),
    api.profile_exists(),
    api.get_memberships(),
    api.count_memberships(),
    api.count_sessions(bytea, uuid, timestamptz),
    api.get_organization_by_slug(text),
    api.get_subdomain_info_for_redirect(uuid),
    api.get_invitation(bytea),
    api.get_invitations(timestamptz),
    api.complete_login(text, text, text, boolean, boolean, text, text, text, text, text, bytea,
        uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz),
    api.accept_invitation(bytea, timestamptz),
    api.take_flow(text, timestamptz),
    api.examine_own(),
    api.sweep(),
    orglogin.confirm_missing(regclass),
    orglogin.memberships_hidden(),
    orglogin.read_access_snapshot(text[], bytea),
    orglogin.read_memberships(),
    orglogin.log_in(text, text, text, boolean, boolean, text, text, text, text, text, bytea,
        uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz, text[]),
    orglogin.save_receipts(text[], uuid[], timestamptz[], text[])
TO orglogin_service;
GRANT EXECUTE ON FUNCTION
    api.get_profiles_by_email(text),
    orglogin.confirm_missing(regclass),
    orglogin.address_of(uuid),
    orglogin.places_of(uuid),
    orglogin.outranks(text, text),
    orglogin.invitation_verdict(orglogin.invitations, uuid, boolean, text, boolean, timestamptz),
    orglogin.accept(orglogin.invitations, uuid, timestamptz),
    orglogin.start_session(uuid, uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz)
TO orglogin_definer;
