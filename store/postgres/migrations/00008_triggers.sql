-- +goose Up

-- Keeps the slug that an organization leaves, whoever changes it. The trigger runs
-- AFTER the row. A slug that was another organization's is refused by the unique
-- index of the history, not by what this transaction can see: the row is inserted
-- for a moment, and conflicts with a row that was committed since, whatever the
-- snapshot. At REPEATABLE READ that is a serialization failure.
-- +goose StatementBegin
CREATE FUNCTION orglogin.keep_slug() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- An organization may take back its own old slug.
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (NEW.slug, NEW.id)
    ON CONFLICT ON CONSTRAINT organization_slugs_pkey DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the slug was another organization''s; delete its row in orglogin.organization_slugs to free it'
            USING ERRCODE = 'unique_violation', SCHEMA = 'orglogin', TABLE = 'organization_slugs', CONSTRAINT = 'organization_slugs_pkey';
    END IF;
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
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

-- Every change of something that an instance may have cached is sent on the channel
-- orglogin_changes as one line of JSON: kind, id, and the slugs or the user
-- concerned. The functions read columns by name only, so that they also serve an
-- operator's own tables with the same columns. NOTIFY sends equal messages of one
-- transaction once.
-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_organization() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
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

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organizations
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_organization();
CREATE TRIGGER notify AFTER UPDATE OF slug, name, subdomain_status, name_self_chosen ON orglogin.organizations
    FOR EACH ROW WHEN ((OLD.slug, OLD.name, OLD.subdomain_status, OLD.name_self_chosen)
        IS DISTINCT FROM (NEW.slug, NEW.name, NEW.subdomain_status, NEW.name_self_chosen))
    EXECUTE FUNCTION orglogin.notify_organization();

-- An old slug that is inserted, moved or deleted: the message names the organization
-- that it led to and the one that it leads to now.
-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_old_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', OLD.organization_id, 'slugs', ARRAY[OLD.slug])::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', NEW.organization_id, 'slugs', ARRAY[NEW.slug])::text);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The rows that keep_slug writes are sent with their organization; keep_slug is the
-- only writer that runs as orglogin_definer. Rows that are deleted with an
-- organization are deleted as the owner.
CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_slugs
    FOR EACH ROW WHEN (current_user <> 'orglogin_definer')
    EXECUTE FUNCTION orglogin.notify_old_slug();
CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_slugs
    FOR EACH ROW WHEN ((OLD.slug, OLD.organization_id) IS DISTINCT FROM (NEW.slug, NEW.organization_id))
    EXECUTE FUNCTION orglogin.notify_old_slug();

-- A membership that is moved is one removed and one added. The argument is the
-- column that names the person.
-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_membership() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_row jsonb;
BEGIN
    FOREACH v_row IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
        WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
        ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)]
    END
    LOOP
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'membership', 'id', v_row ->> 'organization_id', 'user', v_row ->> TG_ARGV[0])::text);
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.memberships
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_membership('profile_id');
CREATE TRIGGER notify AFTER UPDATE ON orglogin.memberships
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_membership('profile_id');

-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_profile() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'profile', 'id', OLD.id, 'user', OLD.id)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER notify AFTER UPDATE ON orglogin.profiles
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_profile();
CREATE TRIGGER notify_deleted AFTER DELETE ON orglogin.profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_profile();

-- Disabling a person, by any statement, signs the person out. Enabling the person
-- again does not bring the sessions back.
-- +goose StatementBegin
CREATE FUNCTION orglogin.end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
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
CREATE FUNCTION orglogin.notify_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'session', 'id', OLD.id, 'user', OLD.profile_id)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Whatever shortens a session or changes its person is sent. A later last_seen_at or
-- expires_at is not, because every request causes it; neither is the deletion of an
-- expired session.
CREATE TRIGGER notify AFTER UPDATE ON orglogin.sessions
    FOR EACH ROW WHEN (
        NEW.expires_at < OLD.expires_at
        OR NEW.last_seen_at < OLD.last_seen_at
        OR (OLD.id, OLD.profile_id, OLD.secret_hash, OLD.browser_hash, OLD.ended_at)
            IS DISTINCT FROM (NEW.id, NEW.profile_id, NEW.secret_hash, NEW.browser_hash, NEW.ended_at)
    )
    EXECUTE FUNCTION orglogin.notify_session();
CREATE TRIGGER notify_deleted AFTER DELETE ON orglogin.sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND OLD.expires_at > clock_timestamp())
    EXECUTE FUNCTION orglogin.notify_session();

-- TRUNCATE names no row, so every instance must clear its cache.
-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_everything() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'everything')::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $do$
DECLARE
    t regclass;
BEGIN
    FOREACH t IN ARRAY ARRAY[
        'orglogin.profiles', 'orglogin.identities', 'orglogin.organizations',
        'orglogin.organization_slugs', 'orglogin.memberships', 'orglogin.sessions', 'orglogin.connections',
        'orglogin.session_connections', 'orglogin.organization_settings', 'orglogin.organization_brands']::regclass[]
    LOOP
        EXECUTE format('CREATE TRIGGER notify_truncated AFTER TRUNCATE ON %s
            FOR EACH STATEMENT EXECUTE FUNCTION orglogin.notify_everything()', t);
    END LOOP;
END
$do$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Who is removed from an organization does not return by an invitation that was made
-- before, or by a domain: whoever removes a membership, and in whichever way, revokes the
-- pending invitations of that organization to the person's address, and the removal is recorded.

-- For one membership. The argument is the column that names the person.
-- +goose StatementBegin
CREATE FUNCTION orglogin.record_removal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.email = (SELECT p.email FROM orglogin.read_profile((to_jsonb(OLD) ->> TG_ARGV[0])::uuid) AS p)
        AND i.organization_id = OLD.organization_id
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    -- Neither is found where it is deleted itself.
    INSERT INTO orglogin.removed_members (profile_id, organization_id)
    SELECT p.id, OLD.organization_id
    FROM orglogin.read_profile((to_jsonb(OLD) ->> TG_ARGV[0])::uuid) AS p
    CROSS JOIN orglogin.read_organization(OLD.organization_id) AS o
    ON CONFLICT ON CONSTRAINT removed_members_pkey DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- For a profile that is deleted, before its memberships are deleted with it.
-- +goose StatementBegin
CREATE FUNCTION orglogin.revoke_invitations_of_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.email = (SELECT p.email FROM orglogin.read_profile(OLD.id) AS p)
        AND i.organization_id IN (SELECT m.organization_id FROM orglogin.read_memberships(OLD.id) AS m)
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    RETURN OLD;
END
$$;
-- +goose StatementEnd

-- For TRUNCATE, before the memberships are gone.
-- +goose StatementBegin
CREATE FUNCTION orglogin.record_removal_of_all() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE orglogin.invitations AS i
    SET revoked = true
    WHERE i.organization_id IN (
            SELECT m.organization_id
            FROM orglogin.find_profiles(i.email) AS f (id)
            CROSS JOIN LATERAL orglogin.read_memberships(f.id) AS m
        )
        AND i.accepted_by IS NULL
        AND NOT i.revoked;
    INSERT INTO orglogin.removed_members (profile_id, organization_id)
    SELECT p.id, m.organization_id
    FROM api.get_people(NULL, NULL) AS p
    CROSS JOIN LATERAL orglogin.read_memberships(p.id) AS m
    CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
    ON CONFLICT ON CONSTRAINT removed_members_pkey DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER record_removal AFTER UPDATE ON orglogin.memberships
    FOR EACH ROW WHEN (
        OLD.active AND NOT NEW.active
        OR (OLD.profile_id, OLD.organization_id) IS DISTINCT FROM (NEW.profile_id, NEW.organization_id)
    )
    EXECUTE FUNCTION orglogin.record_removal('profile_id');
CREATE TRIGGER record_removal_deleted AFTER DELETE ON orglogin.memberships
    FOR EACH ROW EXECUTE FUNCTION orglogin.record_removal('profile_id');
CREATE TRIGGER record_removal_truncated BEFORE TRUNCATE ON orglogin.memberships
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.record_removal_of_all();
CREATE TRIGGER revoke_invitations BEFORE DELETE ON orglogin.profiles
    FOR EACH ROW EXECUTE FUNCTION orglogin.revoke_invitations_of_person();
