-- +goose Up

-- Keeps the slug that an organization leaves, whoever changes it. AFTER the
-- row, so that it sees what a transaction that the unique index waited for has
-- left behind.
-- +goose StatementBegin
CREATE FUNCTION orglogin.keep_slug() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    -- Its own organization may take a slug back.
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    IF EXISTS (SELECT FROM orglogin.organization_slugs WHERE slug = NEW.slug) THEN
        RAISE EXCEPTION 'the slug was another organization''s; delete its row in orglogin.organization_slugs to free it'
            USING ERRCODE = 'unique_violation', SCHEMA = 'orglogin', TABLE = 'organization_slugs', CONSTRAINT = 'organization_slugs_pkey';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (OLD.slug, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER keep_slug_of_new AFTER INSERT ON orglogin.organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.keep_slug();
CREATE TRIGGER keep_slug AFTER UPDATE OF slug ON orglogin.organizations
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION orglogin.keep_slug();

-- Every change that another instance may have cached is told on the channel
-- orglogin_changes as one line of JSON: kind, id, and the slugs or the user it
-- is about. Named columns alone, so that the functions serve an operator's own
-- tables of the same columns.
-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_organization() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'organization',
        'id', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END,
        'slugs', CASE
            WHEN TG_OP = 'INSERT' THEN ARRAY[NEW.slug]
            WHEN TG_OP = 'DELETE' OR OLD.slug = NEW.slug THEN ARRAY[OLD.slug]
            ELSE ARRAY[OLD.slug, NEW.slug]
        END)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell_new AFTER INSERT OR DELETE ON orglogin.organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.tell_organization();
CREATE TRIGGER tell AFTER UPDATE OF slug, name, subdomain_status ON orglogin.organizations
    FOR EACH ROW WHEN ((OLD.slug, OLD.name, OLD.subdomain_status) IS DISTINCT FROM (NEW.slug, NEW.name, NEW.subdomain_status))
    EXECUTE FUNCTION orglogin.tell_organization();

-- An old slug that an operator deletes answers no more.
-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_old_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'organization', 'id', OLD.organization_id, 'slugs', ARRAY[OLD.slug])::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell AFTER DELETE ON orglogin.organization_slugs
    FOR EACH ROW EXECUTE FUNCTION orglogin.tell_old_slug();

-- The argument is the column that names the person.
-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_membership() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    v_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'membership', 'id', v_row ->> 'organization_id', 'user', v_row ->> TG_ARGV[0])::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON orglogin.memberships
    FOR EACH ROW EXECUTE FUNCTION orglogin.tell_membership('profile_id');

-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_profile() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'profile', 'id', OLD.id, 'user', OLD.id)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell AFTER UPDATE ON orglogin.profiles
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.tell_profile();
CREATE TRIGGER tell_gone AFTER DELETE ON orglogin.profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.tell_profile();

-- Whoever is disabled, and by whichever hand, is signed out, and stays so when
-- enabled again.
-- +goose StatementBegin
CREATE FUNCTION orglogin.end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    UPDATE orglogin.sessions SET ended_at = now() WHERE profile_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER end_sessions AFTER UPDATE OF disabled ON orglogin.profiles
    FOR EACH ROW WHEN (NEW.disabled AND NOT OLD.disabled)
    EXECUTE FUNCTION orglogin.end_sessions();

-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'session', 'id', OLD.id, 'user', OLD.profile_id)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell AFTER UPDATE OF ended_at ON orglogin.sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION orglogin.tell_session();

-- ---------------------------------------------------------------------------
-- Who owns and who may call. Functions are executable by PUBLIC when made.
-- +goose StatementBegin
DO $do$
DECLARE
    f regprocedure;
BEGIN
    -- Only for the length of this transaction may the functions' owner create.
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
    api.get_memberships(),
    api.get_organization_by_slug(text),
    api.get_subdomain_info_for_redirect(uuid),
    api.get_invitation(bytea),
    api.get_invitations(timestamptz),
    api.complete_login(text, text, text, boolean, boolean, text, text, text, text, text, bytea,
        uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz),
    api.accept_invitation(bytea, timestamptz),
    api.take_flow(text, timestamptz),
    api.examine_own(),
    api.sweep()
TO orglogin_service;
GRANT EXECUTE ON FUNCTION
    orglogin.invitation_verdict(orglogin.invitations, uuid, boolean, text, boolean, timestamptz),
    orglogin.accept(orglogin.invitations, uuid, timestamptz),
    orglogin.start_session(uuid, uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz)
TO orglogin_definer;
