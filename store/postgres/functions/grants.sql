-- Who owns the functions and who may call them. PUBLIC may execute a function when
-- it is created, so that is revoked from every one.
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
    api.complete_login(orglogin.login),
    api.accept_invitation(bytea, timestamptz),
    api.take_flow(text, timestamptz),
    api.get_connection(text),
    api.get_organization_connections(uuid),
    api.take_connection_test(text, bytea, timestamptz),
    api.finish_connection_test(text, bigint),
    api.discover_connection(text),
    api.take_due_domains(timestamptz, integer),
    api.record_domain_check(uuid, text, text, text, interval, timestamptz),
    api.get_join_offers(uuid, timestamptz),
    api.request_join(uuid, text, integer, timestamptz),
    api.examine_own(),
    api.sweep(),
    orglogin.account_tables(),
    orglogin.read_profile(uuid),
    orglogin.read_memberships(uuid),
    orglogin.read_organization(uuid),
    orglogin.confirm_missing(regclass),
    orglogin.examine_account(uuid),
    orglogin.read_access_snapshot(text[], bytea),
    orglogin.read_session_connections(uuid),
    orglogin.log_in(jsonb),
    orglogin.save_receipts(text[], uuid[], timestamptz[], text[])
TO orglogin_service;
GRANT EXECUTE ON FUNCTION
    api.get_memberships(),
    orglogin.account_tables(),
    orglogin.find_profiles(text),
    orglogin.lock_profile(uuid),
    orglogin.read_profile(uuid),
    orglogin.create_profile(orglogin.login),
    orglogin.update_profile(uuid, orglogin.login),
    orglogin.read_memberships(uuid),
    orglogin.activate_membership(uuid, uuid, text),
    orglogin.read_organization(uuid),
    orglogin.create_organization(uuid, text, text),
    orglogin.confirm_missing(regclass),
    orglogin.examine_account(uuid),
    orglogin.outranks(text, text),
    orglogin.invitation_verdict(orglogin.invitations, uuid, boolean, text, boolean, timestamptz),
    orglogin.lock_invitation(bytea),
    orglogin.inviter_name(uuid),
    orglogin.is_member(uuid, uuid),
    orglogin.accept(orglogin.invitations, uuid, timestamptz),
    orglogin.opens(uuid, uuid),
    orglogin.email_domain(text),
    orglogin.describe_domain(orglogin.organization_domains),
    orglogin.next_domain_check(timestamptz),
    orglogin.find_domain(orglogin.login, uuid),
    orglogin.find_members(orglogin.login, uuid),
    orglogin.may_join(uuid, text, uuid),
    orglogin.find_identity(orglogin.login),
    orglogin.find_unbound_profile(text),
    orglogin.start_session(uuid, orglogin.login, uuid)
TO orglogin_definer;
-- What the operations of an operator, and explain, call.
GRANT EXECUTE ON FUNCTION
    api.get_profile(),
    api.get_memberships(),
    api.get_profiles_by_email(text),
    api.get_organization_by_slug(text),
    api.get_subdomain_info_for_redirect(uuid),
    api.get_invitation(bytea),
    api.get_connection(text),
    api.get_organization_connections(uuid),
    api.record_domain_check(uuid, text, text, text, interval, timestamptz),
    orglogin.account_tables(),
    orglogin.find_profiles(text),
    orglogin.read_profile(uuid),
    orglogin.read_memberships(uuid),
    orglogin.activate_membership(uuid, uuid, text),
    orglogin.read_organization(uuid),
    orglogin.confirm_missing(regclass),
    orglogin.outranks(text, text),
    orglogin.opens(uuid, uuid),
    orglogin.email_domain(text),
    orglogin.describe_domain(orglogin.organization_domains),
    orglogin.find_domain(orglogin.login, uuid),
    orglogin.may_join(uuid, text, uuid),
    orglogin.read_access_snapshot(text[], bytea)
TO orglogin_admin;
